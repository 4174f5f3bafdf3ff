import { tensor, type Tensor } from '../contract/tensor.ts'

/**
 * Computes what the class token of a layer attends to among the patches, as multiples of even attention: 1 is as much as every patch
 * would get if all got the same. So it means the same for every size of input, and fits 16-bit floats.
 *
 * @param attention - of the layer, [heads][queries][tokens]: the class token is the first of the queries, patches are the
 *   last of the tokens
 * @param grid - rows and columns of patches
 * @returns [heads][rows][columns]
 */
export function classAttention({ data, shape }: Tensor, [rows, columns]: readonly [rows: number, columns: number]): Tensor {
  const [heads, queries, tokens] = shape as [number, number, number]
  const patches = rows * columns
  const result = new Float32Array(heads * patches)
  for (let head = 0; head < heads; head++) {
    const start = head * queries * tokens + tokens - patches
    for (let patch = 0; patch < patches; patch++) result[head * patches + patch] = data[start + patch]! * patches
  }
  return tensor('float32', result, [heads, rows, columns])
}
