import { DinokitError, tensor, type Tensor } from '@dinokit/core'
import { decodeImage } from '@dinokit/runtime-node'

/**
 * Reads a mask: an image in which what is brighter than half of its brightest pixel is marked.
 *
 * @param path - of the image
 * @returns [height][width]
 * @throws DinokitError `label-invalid` for a mask that marks nothing; those of decoding
 */
export async function readMask(path: string): Promise<Tensor<'bool'>> {
  const { data, width, height } = await decodeImage(path)
  const values = Uint8Array.from({ length: width * height }, (_, i) => Math.max(data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!))
  const largest = values.reduce((a, b) => Math.max(a, b), 0)
  if (largest === 0) {
    throw new DinokitError('label-invalid', `The mask ${path} is empty.`, {
      given: 'an image that is black everywhere',
      expected: 'white where the target is',
    })
  }
  return tensor(
    'bool',
    values.map((value) => Number(2 * value > largest)),
    [height, width],
  )
}
