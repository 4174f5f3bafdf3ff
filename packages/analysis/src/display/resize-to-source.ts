import type { PixelMap, Placement, Tensor } from '@dinokit/core'
import { sourceMap } from '@dinokit/head-kit'
import { assertMap } from '../lib/assert-map.ts'

/**
 * Enlarges a map over the model's input to the pixels of the image that was given, bilinear.
 *
 * @param map - [rows][columns], such as of one attention head
 * @param placement - of the tokens: `tokens.placement`
 * @returns [height][width] of the source image; NaN where the model saw nothing, beside a crop
 * @throws DinokitError `tensor-invalid`
 */
export function resizeToSource(map: Tensor, placement: Placement): PixelMap {
  assertMap(map)
  return sourceMap(map, placement, { unit: 'value', unknown: NaN })
}
