import { DinokitError, tensor, type Facets, type Tensor } from '@dinokit/core'
import { assertToken } from '../lib/assert-token.ts'

/** Options of {@link attentionRow}. */
export interface AttentionRowOptions {
  /** Query token: 0 is CLS, then come the registers, then the patches row by row. Default 0. */
  readonly token?: number
}

/** Options of {@link attentionRow} for facets. */
export interface FacetAttentionOptions extends AttentionRowOptions {
  /** Attention heads of the layer: `card.architecture.heads`. */
  readonly heads: number
}

/**
 * Computes what one token of a layer attends to, from the layer's queries and keys: softmax(q kᵀ / √(dim / heads)), a head
 * at a time (facebookresearch/dinov2, dinov2/layers/attention.py). A row costs next to nothing, where whole maps of all
 * layers are [heads][tokens][tokens] each.
 *
 * @param facets - query and key of the layer, [tokens][dim] each
 * @param options - attention heads, and the query token
 * @returns [heads][tokens]; each head's values sum to 1
 * @throws DinokitError `invalid-option` for a token that is not there, `tensor-invalid` where heads do not divide dim
 */
export function attentionRow(facets: Pick<Facets, 'query' | 'key'>, options: FacetAttentionOptions): Tensor
/**
 * Takes what one token attends to from a layer's whole attention.
 *
 * @param map - [heads][tokens][tokens], such as `attention[12]`
 * @param options - the query token
 * @returns [heads][tokens]
 * @throws DinokitError `invalid-option` for a token that is not there
 */
export function attentionRow(map: Tensor, options?: AttentionRowOptions): Tensor
export function attentionRow(
  from: Pick<Facets, 'query' | 'key'> | Tensor,
  { token = 0, heads = 1 }: AttentionRowOptions & Partial<FacetAttentionOptions> = {},
): Tensor {
  return 'query' in from ? rowOfFacets(from, heads, token) : rowOfMap(from, token)
}

function rowOfFacets({ query, key }: Pick<Facets, 'query' | 'key'>, heads: number, token: number): Tensor {
  const [tokens, dim] = key.shape as [number, number]
  assertToken(token, tokens)
  const width = dim / heads
  if (!Number.isInteger(width)) {
    throw new DinokitError('tensor-invalid', `Tokens of ${dim} values do not divide into ${heads} heads.`, {
      given: `${heads} heads`,
      expected: 'the heads of the model that the facets are of',
    })
  }
  const rows = new Float32Array(heads * tokens)
  for (let head = 0; head < heads; head++) {
    const own = query.data.subarray(token * dim + head * width, token * dim + (head + 1) * width)
    const row = rows.subarray(head * tokens, (head + 1) * tokens)
    for (let other = 0; other < tokens; other++) {
      const start = other * dim + head * width
      let dot = 0
      for (let i = 0; i < width; i++) dot += own[i]! * key.data[start + i]!
      row[other] = dot / Math.sqrt(width)
    }
    softmaxInPlace(row)
  }
  return tensor('float32', rows, [heads, tokens])
}

function rowOfMap(map: Tensor, token: number): Tensor {
  const [heads, tokens] = map.shape as [number, number, number]
  assertToken(token, tokens)
  const rows = new Float32Array(heads * tokens)
  for (let head = 0; head < heads; head++) {
    const start = (head * tokens + token) * tokens
    rows.set(map.data.subarray(start, start + tokens), head * tokens)
  }
  return tensor('float32', rows, [heads, tokens])
}

/**
 * Takes the part of attention that goes to patches, laid out as the image is.
 *
 * @param row - [heads][tokens], of {@link attentionRow}
 * @param grid - rows and columns of patches, which are the last of the tokens
 * @returns [heads][rows][columns]; sums to less than 1, because CLS and registers are attended to as well
 * @throws DinokitError `tensor-invalid` where there are fewer tokens than patches
 */
export function attentionOverPatches(row: Tensor, [rows, columns]: readonly [rows: number, columns: number]): Tensor {
  const [heads, tokens] = row.shape as [number, number]
  const patches = rows * columns
  if (!(patches <= tokens)) {
    throw new DinokitError('tensor-invalid', `A row of attention over ${tokens} tokens has no ${rows}x${columns} patches.`, {
      given: `[${row.shape.join('][')}]`,
      expected: `[heads][at least ${patches}]`,
    })
  }
  const data = new Float32Array(heads * patches)
  for (let head = 0; head < heads; head++) {
    data.set(row.data.subarray((head + 1) * tokens - patches, (head + 1) * tokens), head * patches)
  }
  return tensor('float32', data, [heads, rows, columns])
}

function softmaxInPlace(values: Float32Array): void {
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity)
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] = Math.exp(values[i]! - largest)
  for (let i = 0; i < values.length; i++) values[i]! /= sum
}
