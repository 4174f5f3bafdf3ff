import type { EmbeddingKind } from '../cards/model-card.ts'
import { tensor, type Tensor } from '../contract/tensor.ts'
import type { LayerTokens } from '../contract/tokens.ts'
import { patchMean } from './patch-mean.ts'

/**
 * Makes the vector that stands for an image as a whole.
 *
 * @param kind - of the model's card
 * @param tokens - after the last LayerNorm
 * @returns [dim], or [2 * dim] for `class-and-mean`
 */
export function embeddingOf(kind: EmbeddingKind, { cls, patches }: LayerTokens): Tensor {
  if (kind === 'class') return cls
  const mean = patchMean(patches)
  return kind === 'mean' ? mean : tensor('float32', Float32Array.of(...cls.data, ...mean.data), [cls.data.length + mean.data.length])
}
