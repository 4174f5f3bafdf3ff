import type { Preprocessing } from '../cards/model-card.ts'
import type { Pixels } from './pixels.ts'
import { tensor, type Tensor } from '../contract/tensor.ts'

/**
 * An image as the reference's networks take it: (x / 255 - mean) / std. dinokit's own graphs take bytes and have this
 * folded in; ready-made ONNX files want it.
 *
 * @param pixels - the model's input
 * @param preprocessing - mean and std of the card
 * @returns [3][height][width]
 */
export function normalize(pixels: Pixels, { mean, std }: Pick<Preprocessing, 'mean' | 'std'>): Tensor {
  const { data, unrounded, width, height } = pixels
  const area = width * height
  const result = new Float32Array(3 * area)
  for (let channel = 0; channel < 3; channel++) {
    const values = Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean[channel]!) / std[channel]!)
    const plane = result.subarray(channel * area, (channel + 1) * area)
    for (let i = 0; i < area; i++) {
      const at = i * 3 + channel
      plane[i] = unrounded ? (unrounded[at]! / 255 - mean[channel]!) / std[channel]! : values[data[at]!]!
    }
  }
  return tensor('float32', result, [3, height, width])
}
