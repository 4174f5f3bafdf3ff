import { tensor, type Tensor } from '../contract/tensor.ts'

/**
 * Averages patch tokens, in float64.
 *
 * @param patches - [rows][columns][dim]
 * @returns [dim]
 */
export function patchMean({ data, shape }: Tensor): Tensor {
  const dim = shape.at(-1)!
  const sums = new Float64Array(dim)
  for (let i = 0; i < data.length; i += dim) for (let j = 0; j < dim; j++) sums[j]! += data[i + j]!
  return tensor(
    'float32',
    Float32Array.from(sums, (sum) => (sum * dim) / data.length),
    [dim],
  )
}
