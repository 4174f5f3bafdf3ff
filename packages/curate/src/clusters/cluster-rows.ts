import { DinokitError, type Tensor } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import { productsOf } from '@dinokit/core/vectors'
import { assertCount } from '../lib/assert-count.ts'
import type { CurateOptions } from '../lib/curate-options.ts'
import { createPause } from '../lib/pause.ts'
import { rowsOf } from '../lib/rows-of.ts'
import { vectorsAt } from '../lib/vectors-at.ts'
import { nextCenters } from './next-centers.ts'
import { pointsOf, squareBetween, type ClusterMeasure, type Points } from './points-of.ts'
import { seedCenters } from './seed-centers.ts'

/** Options of {@link clusterRows}. */
export interface ClusterOptions extends CurateOptions {
  /** Default `cosine`. */
  readonly measure?: ClusterMeasure
  /** Most rounds. Default 20. */
  readonly rounds?: number
  /** A whole number: the same gives the same clusters. Default 0. */
  readonly seed?: number
  /** First centers [clusters][dim], instead of rows that are drawn. */
  readonly initial?: Tensor
}

/** Clusters of rows. */
export interface RowClusters {
  /** The cluster of each row: a whole number from 0. */
  readonly labels: Uint32Array
  /** Distance of each row to the center of its cluster: 1 - cosine, or the length of the difference. */
  readonly distances: Float64Array
  /** [clusters][dim]: of length 1 for `cosine`; means for `euclidean`. */
  readonly centers: Tensor
  /** The row of each cluster that is nearest to all of it (by 1 - cosine, or squared differences); -1 for a cluster without rows. */
  readonly medoids: readonly number[]
  /** Sum over all rows: of 1 - cosine to the center, or of the squared difference. */
  readonly inertia: number
  readonly rounds: number
  /** Whether the last round changed nothing. */
  readonly settled: boolean
}

const BLOCK = 1024

/**
 * Groups rows into clusters by k-means (Lloyd's rounds; for `cosine` spherical: Dhillon and Modha 2001). First centers are drawn by
 * k-means++. A cluster that loses all of its rows takes the row that is farthest from its center. Takes 4 bytes a number of the vectors beside
 * them.
 *
 * @param vectors - [rows][dim]
 * @param count - number of clusters; there are fewer where fewer rows differ
 * @param options - measure, rounds, seed, first centers, progress, cancellation
 * @throws DinokitError `invalid-option` for an invalid number, and fewer rows than clusters; `tensor-invalid`, `aborted`
 */
export async function clusterRows(vectors: Tensor, count: number, options: ClusterOptions = {}): Promise<RowClusters> {
  const { measure = 'cosine', rounds: most = 20, seed = 0, initial, onProgress, signal } = options
  assertCount('number of clusters', count)
  assertCount('number of rounds', most)
  const rows = rowsOf(vectors)
  if (rows.count < count)
    throw new DinokitError('invalid-option', `${count} clusters were asked for, of ${rows.count} rows.`, {
      given: String(count),
      expected: `at most ${rows.count}`,
      hint: 'Ask for fewer clusters.',
    })
  const pause = createPause(signal)
  const points = pointsOf(rows, measure)
  let centers = initial ? givenCenters(initial, points, count) : await drawnCenters(points, count, seed, pause)
  const labels = new Uint32Array(rows.count).fill(count)
  let [round, settled] = [0, false]
  while (round < most && !settled) {
    round++
    settled = !(await assign(points, centers, labels, pause))
    centers = nextCenters(points, centers, labels)
    onProgress?.({ name: 'rounds', unit: 'rounds', done: round, total: most })
  }
  if (!settled) await assign(points, centers, labels, pause)
  return { ...summed(points, centers, labels), rounds: round, settled }
}

async function drawnCenters(points: Points, count: number, seed: number, pause: () => Promise<void>): Promise<Float64Array> {
  const chosen = await seedCenters(points, count, createRandom(seed, count), pause)
  return Float64Array.from(vectorsAt(points.data, points.dim, chosen))
}

function givenCenters(initial: Tensor, { dim, mean, measure }: Points, count: number): Float64Array {
  if (initial.shape.length !== 2 || initial.shape[0] !== count || initial.shape[1] !== dim)
    throw new DinokitError('tensor-invalid', `First centers have shape [${initial.shape.join('][')}].`, {
      given: `[${initial.shape.join('][')}]`,
      expected: `[${count}][${dim}]`,
    })
  const { data, lengths } = rowsOf(initial)
  return Float64Array.from(data, (value, at) => (measure === 'cosine' ? value / lengths[Math.floor(at / dim)]! : value - mean[at % dim]!))
}

/** Gives each point its nearest center, the first of equals, and says whether one got another than it had. */
async function assign(
  { data, dim, count, measure }: Points,
  centers: Float64Array,
  labels: Uint32Array,
  pause: () => Promise<void>,
): Promise<boolean> {
  const all = centers.length / dim
  const halves = new Float64Array(all)
  if (measure === 'euclidean') for (let at = 0; at < centers.length; at++) halves[Math.floor(at / dim)]! += centers[at]! ** 2 / 2
  const narrow = Float32Array.from(centers)
  let changed = false
  for (let start = 0; start < count; start += BLOCK) {
    const products = productsOf(data.subarray(start * dim, (start + BLOCK) * dim), narrow, dim)
    for (let row = start, at = 0; at < products.length; row++) {
      let [best, highest] = [0, -Infinity]
      for (let center = 0; center < all; center++, at++) {
        const value = products[at]! - halves[center]!
        if (value > highest) [best, highest] = [center, value]
      }
      changed ||= labels[row] !== best
      labels[row] = best
    }
    await pause()
  }
  return changed
}

/** Describes clusters by their centers and labels. */
function summed(points: Points, centers: Float64Array, labels: Uint32Array): Omit<RowClusters, 'rounds' | 'settled'> {
  const { dim, count, mean, measure } = points
  const all = centers.length / dim
  const distances = new Float64Array(count)
  const medoids = new Array<number>(all).fill(-1)
  let inertia = 0
  for (let row = 0; row < count; row++) {
    const label = labels[row]!
    const square = squareBetween(points, row, centers, label)
    // Of two vectors of length 1, 1 - cosine is half the squared difference.
    distances[row] = measure === 'cosine' ? square / 2 : Math.sqrt(square)
    inertia += measure === 'cosine' ? square / 2 : square
    if (medoids[label]! < 0 || distances[row]! < distances[medoids[label]!]!) medoids[label] = row
  }
  const data = Float32Array.from(centers, (value, at) => value + mean[at % dim]!)
  return { labels: labels.slice(), distances, centers: { dtype: 'float32', data, shape: [all, dim] }, medoids, inertia }
}
