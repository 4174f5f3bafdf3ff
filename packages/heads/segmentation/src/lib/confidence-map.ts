import { tensor, type PixelMap, type Placement, type Tensor } from '@dinokit/core'
import { gridAxes, type LabelMap } from '@dinokit/head-kit'

/** The probability of each pixel's label: probabilities of the grid, brought to the source's pixels bilinearly. */
export function confidenceMap(labels: LabelMap, probabilities: Tensor, placement: Placement): PixelMap {
  const [, rows, columns] = probabilities.shape as [number, number, number]
  const { data: values } = probabilities
  const { width, height } = placement.source
  const { x, y } = gridAxes(placement, [rows, columns])
  const data = new Float32Array(width * height)
  for (let row = y.start; row < y.end; row++) {
    const i = row - y.start
    const [above, below, t] = [y.lower[i]! * columns, y.upper[i]! * columns, y.fraction[i]!]
    for (let column = x.start; column < x.end; column++) {
      const j = column - x.start
      const base = labels.data[row * width + column]! * rows * columns
      const [left, right, s] = [x.lower[j]!, x.upper[j]!, x.fraction[j]!]
      const top = values[base + above + left]! * (1 - s) + values[base + above + right]! * s
      const bottom = values[base + below + left]! * (1 - s) + values[base + below + right]! * s
      data[row * width + column] = top * (1 - t) + bottom * t
    }
  }
  return { ...tensor('float32', data, [height, width]), shape: [height, width], unit: 'probability', unknown: 0 }
}
