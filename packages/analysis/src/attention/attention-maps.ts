import { DinokitError, type Tensor, type Tokens } from '@dinokit/core'
import { attentionOverPatches, attentionRow, type AttentionRowOptions } from './attention-row.ts'

/** Options of {@link attentionMaps}. */
export interface AttentionMapsOptions extends AttentionRowOptions {
  /** Layer, counted from 1. */
  readonly layer: number
  /** Attention heads of the layer: `card.architecture.heads`. Needed where the tokens have facets alone. */
  readonly heads?: number
}

/**
 * Takes what one token of a layer attends to among the patches, a map for each attention head, from the layer's attention where
 * tokens have it, else from its facets.
 *
 * @param tokens - of a vision that was opened with `attention` or `facets` of the layer
 * @param options - the layer, and the query token
 * @returns [heads][rows][columns]; sums to less than 1, because CLS and registers are attended to as well
 * @throws DinokitError `tensor-missing` where tokens have neither; those of {@link attentionRow}
 */
export function attentionMaps(
  { attention, facets, patches }: Pick<Tokens, 'attention' | 'facets' | 'patches'>,
  { layer, heads, token = 0 }: AttentionMapsOptions,
): Tensor {
  const grid = [patches.shape[0]!, patches.shape[1]!] as const
  const [map, facet] = [attention[layer], facets[layer]]
  if (map) return attentionOverPatches(attentionRow(map, { token }), grid)
  if (facet && heads !== undefined) return attentionOverPatches(attentionRow(facet, { token, heads }), grid)
  throw new DinokitError('tensor-missing', `These tokens have no attention of layer ${layer}.`, {
    given: facet ? 'facets, without the number of heads' : 'neither attention nor facets of the layer',
    expected: 'attention, or facets with the option `heads`',
    hint: `Open the model with \`attention: [${layer}]\`.`,
  })
}
