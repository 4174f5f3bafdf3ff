/**
 * Finds the range of values that is left where a share at either end is clipped.
 *
 * @param sorted - values, the least first
 * @param share - at either end
 * @returns undefined twice where there are no values
 */
export function clippedRange(
  sorted: Float32Array | Float64Array,
  share: number,
): readonly [low: number | undefined, high: number | undefined] {
  const at = (share: number): number | undefined => sorted[Math.round(share * (sorted.length - 1))]
  return [at(share), at(1 - share)]
}
