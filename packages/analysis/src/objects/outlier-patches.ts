import { DinokitError, tensor, type Tensor, type Tokens } from '@dinokit/core'
import { lengthAt } from '../lib/length-at.ts'

/** Patches whose token is longer than this many times the median one keep notes of the model's. */
const TIMES_MEDIAN = 4

/**
 * Finds patches that hold notes of the model's in place of what the image shows there: their raw tokens are several times as long as
 * others ("Vision Transformers Need Registers", arXiv 2309.16588). Models with registers have none.
 *
 * @param rawPatches - [rows][columns][dim] before the final LayerNorm: `tokens.rawLayers[12].patches`
 * @returns [rows][columns], 1 for those patches
 */
export function outlierPatches({ data, shape }: Tensor): Tensor<'bool'> {
  const [rows, columns, dim] = shape as [number, number, number]
  const lengths = Float64Array.from({ length: rows * columns }, (_, patch) => lengthAt(data, patch * dim, dim))
  const median = lengths.toSorted()[lengths.length >> 1]!
  return tensor(
    'bool',
    Uint8Array.from(lengths, (length) => Number(length > TIMES_MEDIAN * median)),
    [rows, columns],
  )
}

/**
 * Takes the queries, keys or values of a layer's patches as a grid.
 *
 * @param tokens - of a vision that was opened with `facets` of the layer
 * @param layer - counted from 1
 * @param facet - which of them; default `key`
 * @returns [rows][columns][dim]
 * @throws DinokitError `tensor-missing`
 */
export function patchFacet(
  { facets, patches }: Pick<Tokens, 'facets' | 'patches'>,
  layer: number,
  facet: 'query' | 'key' | 'value' = 'key',
): Tensor {
  const from = facets[layer]?.[facet]
  if (!from) {
    throw new DinokitError('tensor-missing', `These tokens have no facets of layer ${layer}.`, {
      given: `facets of ${Object.keys(facets).join(', ') || 'no layer'}`,
      expected: `facets of layer ${layer}`,
      hint: `Open the model with \`facets: [${layer}]\`.`,
    })
  }
  const [rows, columns] = patches.shape as [number, number, number]
  const dim = from.shape[1]!
  return tensor('float32', from.data.subarray(from.data.length - rows * columns * dim), [rows, columns, dim])
}
