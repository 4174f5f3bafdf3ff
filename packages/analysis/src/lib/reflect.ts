/** Reflects a place on an axis into it, at the first and the last element, which are not repeated. */
export function reflect(at: number, length: number): number {
  if (length === 1) return 0
  const period = 2 * (length - 1)
  const place = ((at % period) + period) % period
  return place < length ? place : period - place
}
