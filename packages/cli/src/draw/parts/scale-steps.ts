/**
 * Round numbers of a range, for a scale: 1, 2 or 5 times a power of ten apart.
 *
 * @param low - where the range begins
 * @param high - where it ends
 * @param most - how many at most, at least 2
 * @returns the numbers, and the decimals that they are written with
 */
export function scaleSteps(low: number, high: number, most: number): { readonly values: readonly number[]; readonly decimals: number } {
  const smallest = (high - low) / most
  const power = 10 ** Math.floor(Math.log10(smallest))
  const step = [1, 2, 5, 10].map((times) => times * power).find((candidate) => candidate >= smallest * (1 - 1e-9))!
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return {
    values: Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step),
    decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)),
  }
}
