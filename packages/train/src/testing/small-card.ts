import type { Architecture, ModelCard } from '@dinokit/core'

/**
 * The card of a network that trains in a moment: two blocks of 32, patch 14.
 *
 * @param crop - side of its images in pixels
 * @param architecture - what is otherwise
 * @param interpolation - of its positions
 */
export function smallCard(
  crop: number,
  architecture: Partial<Architecture>,
  interpolation: ModelCard['interpolation'] = 'antialias',
): ModelCard {
  const side = crop / 14
  return {
    id: 'small',
    description: 'for tests',
    architecture: {
      patch: 14,
      dim: 32,
      depth: 2,
      heads: 2,
      ffn: 'mlp',
      ffnHidden: 64,
      registers: 0,
      positionGrid: [side, side],
      layerNormEps: 1e-6,
      ...architecture,
    },
    interpolation,
    preprocessing: { shortest: crop, crop, filter: 'bicubic', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    parameters: 0,
    license: 'Apache-2.0',
    origin: 'random',
  }
}
