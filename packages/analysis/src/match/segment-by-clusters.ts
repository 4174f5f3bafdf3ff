import { tensor, type Tensor } from '@dinokit/core'
import { productsOf } from '@dinokit/core/vectors'
import { unitTokens } from '../lib/unit-tokens.ts'
import { averageLinkage } from './average-linkage.ts'
import { assertExamples, type Examples } from './segment-by-example.ts'

/** Options of {@link segmentByClusters}. */
export interface ByClustersOptions {
  /** Cosine similarity down to which patches of the image are grouped; less makes larger groups. Default 0.6. */
  readonly alike?: number
  /** Least score of a group. Default 0.2. */
  readonly least?: number
}

/**
 * Finds in an image what examples show, without training, in whole groups of patches (INSID3, CVPR 2026, without the removal of
 * positions): those of which enough patches are more like the examples' thing than like the rest, and that are like the group
 * that is the most like it.
 *
 * @param grid - [rows][columns][dim] of the image
 * @param examples - patches of the thing, and of the rest, of the same model; several examples are taken as one
 * @param options - how groups are made and kept
 * @returns [rows][columns]: score of each patch's group, less `least`; above 0 it is the thing
 * @throws DinokitError `label-invalid` where no patch of the examples is of the thing, or none is not; `tensor-invalid`
 */
export function segmentByClusters(grid: Tensor, examples: Examples, { alike = 0.6, least = 0.2 }: ByClustersOptions = {}): Tensor {
  assertExamples(grid, examples)
  const [rows, columns, dim] = grid.shape as [number, number, number]
  const count = rows * columns
  const tokens = unitTokens(grid)
  const inside = unitTokens(examples.inside)
  const prototype = meanOf(inside, dim)
  const likeness = productsOf(tokens, prototype, dim)
  const candidates = candidatesOf(tokens, { inside, outside: unitTokens(examples.outside), likeness, dim })
  const scores = new Float32Array(count).fill(-least)
  if (candidates.includes(1)) {
    const distances = productsOf(tokens, tokens, dim).map((cosine) => 1 - Math.min(1, Math.max(-1, cosine)))
    const groups = averageLinkage(distances, count, 1 - alike)
    const score = scoresOf(groups, { tokens, candidates, likeness, prototype, dim })
    groups.forEach((group, patch) => (scores[patch] = score[group]! - least))
  }
  return tensor('float32', scores, [rows, columns])
}

interface Comparison {
  readonly inside: Float32Array
  readonly outside: Float32Array
  readonly likeness: Float32Array
  readonly dim: number
}

/** Marks patches that are like the thing, and whose most similar patch of the examples is of it. */
function candidatesOf(tokens: Float32Array, { inside, outside, likeness, dim }: Comparison): Uint8Array {
  const [toInside, toOutside] = [inside, outside].map((vectors) => {
    const products = productsOf(tokens, vectors, dim)
    const each = vectors.length / dim
    return likeness.map((_, patch) => products.subarray(patch * each, (patch + 1) * each).reduce((a, b) => Math.max(a, b), -Infinity))
  }) as [Float32Array, Float32Array]
  // Where no patch is like it at all, the tenth that is the least unlike may be.
  const least = likeness.some((value) => value > 0) ? 0 : quantile(likeness, 0.9)
  return Uint8Array.from(likeness, (value, patch) => Number(value > least && toInside[patch]! > toOutside[patch]!))
}

function quantile(values: Float32Array, share: number): number {
  const sorted = values.slice().sort()
  const at = share * (sorted.length - 1)
  const below = sorted[Math.floor(at)]!
  return below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at))
}

interface GroupedTokens {
  readonly tokens: Float32Array
  readonly candidates: Uint8Array
  readonly likeness: Float32Array
  readonly prototype: Float32Array
  readonly dim: number
}

/** Scores groups: likeness to the thing, times likeness to the most like group, times the share of candidates. */
function scoresOf(groups: Int32Array, { tokens, candidates, likeness, prototype, dim }: GroupedTokens): Float64Array {
  const count = groups.reduce((most, group) => Math.max(most, group + 1), 0)
  const means = new Float32Array(count * dim)
  const [sizes, found, like] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)]
  groups.forEach((group, patch) => {
    for (let i = 0; i < dim; i++) means[group * dim + i]! += tokens[patch * dim + i]!
    sizes[group]!++
    found[group]! += candidates[patch]!
    like[group]! += likeness[patch]!
  })
  const units = unitTokens(tensor('float32', means, [count, dim]))
  const toThing = productsOf(units, prototype, dim)
  let seed = -1
  toThing.forEach((value, group) => {
    if (found[group]! > 0 && (seed < 0 || value > toThing[seed]!)) seed = group
  })
  const toSeed = productsOf(units, units.subarray(seed * dim, (seed + 1) * dim), dim)
  return sizes.map((size, group) => {
    const share = group === seed ? 1 : found[group]! / size
    return (like[group]! / size) * toSeed[group]! * share
  })
}

function meanOf(vectors: Float32Array, dim: number): Float32Array {
  const sum = new Float32Array(dim)
  for (let i = 0; i < vectors.length; i++) sum[i % dim]! += vectors[i]!
  return unitTokens(tensor('float32', sum, [1, dim]))
}
