import { DinokitError, tensor, type Facets, type Tensor } from '@dinokit/core'
import { clusterVectors } from '../lib/cluster-vectors.ts'
import { productsOf } from '@dinokit/core/vectors'
import { unitTokens } from '../lib/unit-tokens.ts'

/** Options of {@link objectHeads}. */
export interface ObjectHeadsOptions {
  /** Attention heads of each layer: `card.architecture.heads`. */
  readonly heads: number
  /** Number of patches: tokens before them are left out. */
  readonly patches: number
  /** Most groups of heads. Default 12, and at most a third of the heads. */
  readonly clusters?: number
}

/** An attention head that looks at what the image is of. */
export interface ObjectHead {
  /** Layer, counted from 1. */
  readonly layer: number
  /** Head of the layer, counted from 1. */
  readonly head: number
  /** Distance from the middle of its group, in standard deviations over all patches. */
  readonly distance: number
}

/**
 * Finds the attention heads, of all layers, that look at what the image is of, where nobody says what that is (Object-DINO). Each head is
 * described by how much its queries, keys and values of patches are alike, the maps are scaled and grouped, and the group is taken that
 * most heads of the last layer are in; of equals the larger one.
 *
 * @param layers - facets of the layers, by number: `tokens.facets` of a vision that was opened with `facets` of all layers
 * @param options - heads, patches, groups
 * @returns those closest to the group's middle first
 * @throws DinokitError `tensor-missing` without facets; `tensor-invalid` where heads do not divide dim, or values are not finite
 */
export function objectHeads(layers: Readonly<Record<number, Facets>>, { heads, patches, clusters = 12 }: ObjectHeadsOptions): ObjectHead[] {
  const numbers = Object.keys(layers)
    .map(Number)
    .sort((a, b) => a - b)
  if (numbers.length === 0) {
    throw new DinokitError('tensor-missing', 'These tokens have no facets.', {
      given: 'no layer',
      expected: 'facets of all layers',
      hint: 'Open the model with `facets` of every layer.',
    })
  }
  const maps = numbers.flatMap((layer) => selfSimilarity(layers[layer]!, heads, patches))
  const vectors = standardized(maps)
  const { labels, distances } = clusterVectors(vectors, Math.max(1, Math.min(clusters, Math.floor(maps.length / 3))))
  const last = labels.slice(-heads)
  const order = (cluster: number): number => countOf(last, cluster) * (maps.length + 1) + countOf(labels, cluster)
  const chosen = last.reduce((best, cluster) => (order(cluster) > order(best) ? cluster : best), last[0]!)
  return labels
    .flatMap((cluster, i) =>
      cluster === chosen ? [{ layer: numbers[Math.floor(i / heads)]!, head: (i % heads) + 1, distance: distances[i]! }] : [],
    )
    .sort((a, b) => a.distance - b.distance)
}

/**
 * Computes how alike each patch is to all the others in a head's queries, keys and values: the mean over patches of the softmax of their
 * cosine similarities over the root of the head's width, and over the three.
 *
 * @returns [patches] for each head
 * @throws DinokitError `tensor-invalid`
 */
export function selfSimilarity({ query, key, value }: Facets, heads: number, patches: number): Float64Array[] {
  const [tokens, dim] = key.shape as [number, number]
  const width = dim / heads
  if (!Number.isInteger(width) || patches > tokens) {
    throw new DinokitError(
      'tensor-invalid',
      `Facets of ${tokens} tokens of ${dim} values are not of ${heads} heads and ${patches} patches.`,
      {
        given: `[${tokens}][${dim}]`,
        expected: `${patches} patches or more, of a multiple of ${heads} values`,
      },
    )
  }
  return Array.from({ length: heads }, (_, head) => {
    const map = new Float64Array(patches)
    for (const facet of [query, key, value]) addSimilarity(map, unitTokens(partOf(facet, head * width, width, patches)), width)
    return map.map((sum) => sum / (3 * patches))
  })
}

/** One head's part of the last tokens, which are the patches: [patches][width]. */
function partOf({ data, shape }: Tensor, start: number, width: number, patches: number): Tensor {
  const [tokens, dim] = shape as [number, number]
  const part = new Float32Array(patches * width)
  for (let patch = 0; patch < patches; patch++) {
    const from = (tokens - patches + patch) * dim + start
    part.set(data.subarray(from, from + width), patch * width)
  }
  return tensor('float32', part, [patches, width])
}

function addSimilarity(map: Float64Array, units: Float32Array, width: number): void {
  const count = map.length
  const cosines = productsOf(units, units, width)
  const scale = 1 / Math.sqrt(width)
  const row = new Float64Array(count)
  for (let patch = 0; patch < count; patch++) {
    let sum = 0
    // Cosines are at most 1: nothing overflows.
    for (let other = 0; other < count; other++) sum += row[other] = Math.exp(cosines[patch * count + other]! * scale)
    for (let other = 0; other < count; other++) map[other]! += row[other]! / sum
  }
}

/** Scales each patch to a mean of 0 and a standard deviation of 1 over the heads. */
function standardized(maps: readonly Float64Array[]): Float64Array[] {
  const result = maps.map((map) => map.slice())
  for (let patch = 0; patch < maps[0]!.length; patch++) {
    const mean = maps.reduce((sum, map) => sum + map[patch]!, 0) / maps.length
    const deviation = Math.sqrt(maps.reduce((sum, map) => sum + (map[patch]! - mean) ** 2, 0) / maps.length) || 1
    result.forEach((map) => (map[patch] = (map[patch]! - mean) / deviation))
  }
  return result
}

function countOf(labels: readonly number[], wanted: number): number {
  return labels.filter((label) => label === wanted).length
}
