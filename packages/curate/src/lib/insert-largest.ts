/**
 * Puts a number among the largest so far, in place of the least of them.
 *
 * @param largest - the largest first; changed. The number is above the last.
 * @returns the place where it is now
 */
export function insertLargest(largest: Float32Array, value: number): number {
  let at = largest.length - 1
  for (; at > 0 && largest[at - 1]! < value; at--) largest[at] = largest[at - 1]!
  largest[at] = value
  return at
}
