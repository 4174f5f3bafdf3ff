import { DinokitError, type Tensor } from '@dinokit/core'

/**
 * Scales vectors to length 1; those that are all zeros stay.
 *
 * @param tokens - [...][dim]
 * @returns [vectors][dim]
 * @throws DinokitError `tensor-invalid` where a value is not finite
 */
export function unitTokens({ data, shape }: Tensor): Float32Array {
  const dim = shape.at(-1)!
  const units = new Float32Array(data.length)
  for (let start = 0; start < data.length; start += dim) {
    let square = 0
    for (let i = start; i < start + dim; i++) square += data[i]! ** 2
    if (!Number.isFinite(square)) {
      throw new DinokitError('tensor-invalid', `Token ${start / dim} is not finite.`, {
        given: 'NaN or infinity',
        expected: 'finite numbers',
      })
    }
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0
    for (let i = start; i < start + dim; i++) units[i] = data[i]! * scale
  }
  return units
}
