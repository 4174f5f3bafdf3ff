// Loaded only for networks with rotary positions.
import { toBfloat16 } from '@dinokit/checkpoint'
import { tensor, type ModelCard, type Tensor } from '@dinokit/core'
import { countPrefix } from '../parameters.ts'

/** Base of the periods in every DINOv3. */
const BASE = 100

/**
 * The periods of rotary positions: 100 ^ (4 i / width), of which a head has as many as a quarter of its width
 * (facebookresearch/dinov3, layers/rope_position_encoding.py).
 *
 * @param width - of a head
 * @param rounded - to bfloat16
 * @returns [width / 4]
 */
export function rotaryPeriods(width: number, rounded: boolean): Float32Array {
  const periods = Float32Array.from({ length: width / 4 }, (_, i) => BASE ** ((4 * i) / width))
  return rounded ? toBfloat16(periods) : periods
}

/**
 * Makes what gives the rotations of a network's queries and keys. The center of a patch has the coordinates -1 to 1 in both
 * directions, whatever the grid; a head's first quarter turns with its row, the second with its column, and the second half as the first.
 *
 * @param card - of a network with rotary positions
 * @returns of a grid: cosines and signed sines, see `VitInputs`
 */
export function rotationOf({ architecture, interpolation }: ModelCard): (grid: readonly [number, number]) => Tensor {
  const { dim, heads } = architecture
  const width = dim / heads
  const prefix = countPrefix(architecture)
  const periods = rotaryPeriods(width, interpolation === 'rotary-bfloat16')
  return (grid) => table(grid, prefix, width, periods)
}

function table([rows, columns]: readonly [number, number], prefix: number, width: number, periods: Float32Array): Tensor {
  const tokens = prefix + rows * columns
  const size = tokens * width
  const data = new Float32Array(2 * size).fill(1, 0, prefix * width)
  const [quarter, half] = [width / 4, width / 2]
  for (let patch = 0; patch < rows * columns; patch++) {
    const centers = [(Math.floor(patch / columns) + 0.5) / rows, ((patch % columns) + 0.5) / columns]
    for (let i = 0; i < half; i++) {
      const angle = (2 * Math.PI * (2 * centers[Math.floor(i / quarter)]! - 1)) / periods[i % quarter]!
      const at = (prefix + patch) * width + i
      data[at] = data[at + half] = Math.cos(angle)
      data[size + at] = -Math.sin(angle)
      data[size + at + half] = Math.sin(angle)
    }
  }
  return tensor('float32', data, [2, tokens, 1, width])
}
