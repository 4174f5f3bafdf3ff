import { DinokitError, tensor, type Facets, type Tensor } from '@dinokit/core'
import { assertToken } from '../lib/assert-token.ts'
import { attentionRow, type AttentionRowOptions } from './attention-row.ts'

/** Options of {@link attentionRollout}. */
export interface AttentionRolloutOptions extends AttentionRowOptions {
  /** Attention heads of each layer: needed for facets. */
  readonly heads?: number
}

/**
 * Follows attention through layers: how much of each token of the input reaches one token of the last layer, if half of what a block
 * hands on is its attention, averaged over heads, and half what it was given (attention rollout, arXiv 2005.00928).
 *
 * @param layers - from the first to the last: [heads][tokens][tokens] each, or facets (no more memory than one row, but slower)
 * @param options - query token
 * @returns [tokens]; sums to 1
 * @throws DinokitError `tensor-invalid` where layers differ in tokens or there are none; those of {@link attentionRow}
 */
export function attentionRollout(
  layers: readonly (Tensor | Pick<Facets, 'query' | 'key'>)[],
  { token = 0, heads = 1 }: AttentionRolloutOptions = {},
): Tensor {
  const counts = layers.map((layer) => ('query' in layer ? layer.key.shape[0]! : layer.shape.at(-1)!))
  const tokens = counts[0]
  if (tokens === undefined || counts.some((count) => count !== tokens)) {
    throw new DinokitError('tensor-invalid', 'The layers are not of one image.', {
      given: `${counts.length === 0 ? 'no' : counts.join(', ')} tokens`,
      expected: 'at least one layer, each of as many tokens',
    })
  }
  assertToken(token, tokens)
  let reached = new Float64Array(tokens)
  reached[token] = 1
  for (const layer of layers.toReversed()) {
    const next = reached.map((share) => share / 2)
    reached.forEach((share, from) => {
      if (share === 0) return
      const row = 'query' in layer ? attentionRow(layer, { heads, token: from }) : attentionRow(layer, { token: from })
      addMean(next, row, share / 2)
    })
    reached = next
  }
  return tensor('float32', Float32Array.from(reached), [tokens])
}

/** Adds the mean of a row's heads, scaled. */
function addMean(sum: Float64Array, { data, shape }: Tensor, scale: number): void {
  const heads = shape[0]!
  for (let head = 0, i = 0; head < heads; head++) {
    for (let token = 0; token < sum.length; token++, i++) sum[token]! += (data[i]! * scale) / heads
  }
}
