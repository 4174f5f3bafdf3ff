import { meanColor, tensor, type ModelCard, type Padding, type Tensor } from '@dinokit/core'
import type { Weight } from '@dinokit/onnx'

/** Positions such that padding is seen as zero exactly; the very same ones where there is none. */
export type PaddingCorrection = (positions: Tensor, grid: readonly [number, number], padding: Padding | undefined) => Tensor

/**
 * The mean color is no whole number of bytes, so padding by it is not quite what the reference pads with: zero, after the
 * mean was subtracted. What is missing goes through the patch projection, which is linear, and so may be added with the
 * positions: to the patches that hold padding, once for each way in which a patch can hold it.
 *
 * @param card - mean, patch
 * @param patchWeight - [dim][patch * patch * channels], for bytes
 */
export async function createPaddingCorrection(
  { architecture: { patch, dim }, preprocessing }: ModelCard,
  patchWeight: Weight,
): Promise<PaddingCorrection> {
  const bytes = await patchWeight.read()
  const weight = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
  const missing = meanColor(preprocessing).map((byte, channel) => preprocessing.mean[channel]! * 255 - byte)
  /** [dim][patch * patch]: what each padded pixel lacks. */
  const lacks = Float32Array.from({ length: dim * patch * patch }, (_, i) =>
    missing.reduce((sum, value, channel) => sum + weight[i * missing.length + channel]! * value, 0),
  )
  return (positions, [rows, columns], padding) => {
    if (!padding || Object.values(padding).every((length) => length === 0)) return positions
    const data = positions.data.slice()
    const known = new Map<string, Float32Array>()
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const seen = seenPart([row, column], [rows, columns], patch, padding)
        if (seen.every((edge, i) => edge === (i < 2 ? 0 : patch))) continue
        const key = seen.join()
        const sum = known.get(key) ?? sumOutside(lacks, dim, patch, seen)
        known.set(key, sum)
        const start = (row * columns + column) * dim
        for (let i = 0; i < dim; i++) data[start + i]! += sum[i]!
      }
    }
    return tensor('float32', data, positions.shape)
  }
}

/** Left, top, right and bottom edge of what is no padding in a patch, in its own pixels. */
function seenPart(
  [row, column]: readonly [number, number],
  [rows, columns]: readonly [number, number],
  patch: number,
  { left, top, right, bottom }: Padding,
): [number, number, number, number] {
  const within = (edge: number): number => Math.min(Math.max(edge, 0), patch)
  return [
    within(left - column * patch),
    within(top - row * patch),
    within((columns - column) * patch - right),
    within((rows - row) * patch - bottom),
  ]
}

/** Sums what the pixels outside a part of the patch lack together: [dim]. */
function sumOutside(
  lacks: Float32Array,
  dim: number,
  patch: number,
  [left, top, right, bottom]: readonly [number, number, number, number],
): Float32Array {
  const sums = new Float64Array(dim)
  for (let pixel = 0; pixel < patch * patch; pixel++) {
    const [y, x] = [Math.floor(pixel / patch), pixel % patch]
    if (x >= left && x < right && y >= top && y < bottom) continue
    for (let i = 0; i < dim; i++) sums[i]! += lacks[i * patch * patch + pixel]!
  }
  return Float32Array.from(sums)
}
