import { type Size, type Tensor } from '@dinokit/core'
import { resizeToSource } from '../display/resize-to-source.ts'

/** A map over a whole image at the image's size, bilinear. */
export function enlargeMap(map: Tensor, { width, height }: Size): Tensor {
  if (map.shape[0] === height && map.shape[1] === width) return map
  const size = { width, height }
  return resizeToSource(map, { source: size, resized: size, input: size, left: 0, top: 0 })
}
