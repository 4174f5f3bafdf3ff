/**
 * Whether so many positions make a grid of as many rows as columns.
 *
 * @param count - of positions
 */
export function isSquare(count: number): boolean {
  return count > 0 && Number.isInteger(Math.sqrt(count))
}
