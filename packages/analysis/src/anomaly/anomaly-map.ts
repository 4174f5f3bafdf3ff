import { tensor, type Size, type Tensor } from '@dinokit/core'
import { assertMap } from '../lib/assert-map.ts'
import { reflect } from '../lib/reflect.ts'

const SIGMA = 4
const REACH = 16

/**
 * Makes a smooth map of the distances of patches: each pixel has its patch's, then a Gaussian of 4 pixels, as anomalib does.
 *
 * @param distances - [rows][columns]
 * @param input - size of the model's input: `tokens.placement.input`
 * @returns [height][width] of the input; `resizeToSource` brings it to the image
 * @throws DinokitError `tensor-invalid`
 */
export function anomalyMap(distances: Tensor, { width, height }: Size): Tensor {
  assertMap(distances)
  const [rows, columns] = distances.shape as [number, number]
  const weights = Float64Array.from({ length: 2 * REACH + 1 }, (_, i) => Math.exp(-((i - REACH) ** 2) / (2 * SIGMA ** 2)))
  const down = smoothAxis(height, rows, weights)
  const across = smoothAxis(width, columns, weights)
  const map = new Float32Array(height * width)
  for (let row = 0; row < rows; row++) {
    const line = new Float64Array(width)
    for (let x = 0; x < width; x++) {
      for (let column = 0; column < columns; column++) line[x]! += across[x * columns + column]! * distances.data[row * columns + column]!
    }
    for (let y = 0; y < height; y++) {
      const share = down[y * rows + row]!
      if (share !== 0) for (let x = 0; x < width; x++) map[y * width + x]! += share * line[x]!
    }
  }
  return tensor('float32', map, [height, width])
}

/** Share of each cell in each pixel of an axis, once the Gaussian has smoothed it: [pixels][cells]. */
function smoothAxis(pixels: number, cells: number, weights: Float64Array): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const shares = new Float64Array(pixels * cells)
  for (let pixel = 0; pixel < pixels; pixel++) {
    weights.forEach((weight, i) => {
      const from = reflect(pixel + i - REACH, pixels)
      shares[pixel * cells + Math.floor((from * cells) / pixels)]! += weight / total
    })
  }
  return shares
}
