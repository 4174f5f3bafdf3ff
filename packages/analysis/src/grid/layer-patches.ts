import type { Tensor, Tokens } from '@dinokit/core'

/**
 * Takes the patches of a layer, after the final LayerNorm.
 *
 * @param tokens - with `layers` of it, unless it is the last
 * @param layer - counted from 1
 * @returns [rows][columns][dim]; those of the last layer where the tokens have no others
 */
export function layerPatches({ layers, patches }: Pick<Tokens, 'layers' | 'patches'>, layer: number): Tensor {
  return layers[layer]?.patches ?? patches
}
