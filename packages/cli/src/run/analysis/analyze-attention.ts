import {
  attentionMaps,
  attentionOverPatches,
  attentionRollout,
  meanMap,
  patchAt,
  rankHeads,
  type ObjectHead,
  type Point,
  type RankedHead,
} from '@dinokit/analysis'
import { writeSafetensors } from '@dinokit/checkpoint'
import { DinokitError, tensor, type Tensor, type Tokens } from '@dinokit/core'

/** Attention heads to draw, counted from 1. */
export type HeadChoice = readonly number[] | 'all'

/** Choice of what is looked at. */
export interface AttentionChoice {
  readonly layer: number
  readonly heads: HeadChoice
  readonly query: Point | 'cls'
  readonly rollout: boolean
  /** [rows][columns]: rank the heads of all layers, and take the best ones in place of `heads`; or such heads, best first. */
  readonly target?: Tensor<'bool'> | readonly ObjectHead[]
}

/** Maps of what a token attends to. */
export interface FoundAttention {
  readonly layer: number
  /** Each map's name. */
  readonly names: readonly string[]
  /** [maps][rows][columns] */
  readonly maps: Tensor
  /** [rows][columns]: the mean of the layer's heads. */
  readonly mean: Tensor
  /** [rows][columns] */
  readonly rollout?: Tensor
  /** Best first. */
  readonly ranking?: readonly (RankedHead | ObjectHead)[]
  /** The query's place, where it is not CLS. */
  readonly query?: Point
}

/** Most of the best heads that are drawn. */
const BEST = 8

/**
 * Takes what a token attends to from tokens with the attention of the layer, and of those before it for rollout.
 *
 * @throws DinokitError `invalid-option` for a head that is not there, or a query that the model did not see
 */
export function analyzeAttention(tokens: Tokens, { layer, heads, query, rollout, target }: AttentionChoice): FoundAttention {
  const grid = tokens.patches.shape as [number, number, number]
  const token = query === 'cls' ? 0 : tokenAt(tokens, query)
  const layers = new Map(Object.keys(tokens.attention).map((key) => [Number(key), attentionMaps(tokens, { layer: Number(key), token })]))
  const own = layers.get(layer)!
  const ranking = target && ('dtype' in target ? rankHeads(layers, target) : target)
  const chosen = ranking
    ? ranking.slice(0, BEST)
    : (heads === 'all' ? Array.from({ length: own.shape[0]! }, (_, i) => i + 1) : heads).map((head) => ({ layer, head }))
  const before = Array.from({ length: layer }, (_, i) => tokens.attention[i + 1]!)
  return {
    layer,
    names: chosen.map((each) => (ranking ? `layer ${each.layer}, head ${each.head}` : `head ${each.head}`)),
    maps: tensor('float32', Float32Array.from(chosen.flatMap((each) => [...headMap(layers.get(each.layer)!, each.head)])), [
      chosen.length,
      grid[0],
      grid[1],
    ]),
    mean: meanMap(own),
    ...(rollout && { rollout: firstOf(attentionOverPatches(rowOf(attentionRollout(before, { token })), [grid[0], grid[1]])) }),
    ...(ranking && { ranking }),
    ...(query !== 'cls' && { query }),
  }
}

/** A safetensors file of the maps. */
export function attentionFile({ layer, names, maps, mean, rollout, query }: FoundAttention): Uint8Array {
  const about = { layer: String(layer), heads: JSON.stringify(names), query: query ? `${query.x},${query.y}` : 'cls' }
  return writeSafetensors({ attention: maps, mean, ...(rollout && { rollout }) }, about)
}

function tokenAt({ placement, patches, registers }: Tokens, query: Point): number {
  const { row, column } = patchAt(query, placement, patches.shape as [number, number, number])
  return 1 + registers.shape[0]! + row * patches.shape[1]! + column
}

function headMap({ data, shape: [heads] }: Tensor, head: number): Float32Array {
  const patches = data.length / heads!
  if (head <= heads!) return data.subarray((head - 1) * patches, head * patches)
  throw new DinokitError('invalid-option', `There is no attention head ${head}.`, { given: String(head), expected: `1 to ${heads!}` })
}

function rowOf({ data }: Tensor): Tensor {
  return tensor('float32', data, [1, data.length])
}

function firstOf({ data, shape }: Tensor): Tensor {
  return tensor('float32', data, shape.slice(1))
}
