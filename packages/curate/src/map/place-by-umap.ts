import type { Random } from '@dinokit/core/augment'
import type { CurateOptions } from '../lib/curate-options.ts'
import { createPause } from '../lib/pause.ts'
import type { RowVectors } from '../lib/rows-of.ts'
import { visitNearest } from '../lib/visit-nearest.ts'

/** Options of {@link placeByUmap}. */
interface UmapOptions extends CurateOptions {
  readonly neighbors: number
  readonly random: Random
}

/** Least distance of two images on the map: groups stay groups, and their images side by side. */
const LEAST_DISTANCE = 0.1
/** Deviation of the first places along the first direction, with a little noise so that equal rows part. */
const [DEVIATION, NOISE] = [5, 0.01]

/**
 * Places rows by UMAP (umap-js), from their exact neighbors by cosine, beginning at their places by principal components (as Kobak and
 * Linderman advise, 2021: random places lose how groups lie to each other).
 *
 * @param rows - at least 4
 * @param start - [rows][2]
 * @returns [rows][2]
 */
export async function placeByUmap(rows: RowVectors, start: Float32Array, options: UmapOptions): Promise<Float32Array> {
  const { random, onProgress, signal } = options
  const neighbors = Math.min(options.neighbors, rows.count - 2)
  const [indices, distances]: [number[][], number[][]] = [[], []]
  // Each row is the first of its own neighbors, as UMAP counts them.
  await visitNearest(
    rows,
    neighbors - 1,
    (row, nearest) => {
      indices.push([row, ...nearest.rows])
      distances.push([0, ...Array.from(nearest.cosines, (cosine) => Math.max(0, 1 - cosine))])
    },
    options,
  )
  const pause = createPause(signal)
  const { UMAP } = await import('umap-js')
  const umap = new UMAP({ nNeighbors: neighbors, minDist: LEAST_DISTANCE, random: () => random.uniform() })
  umap.setPrecomputedKNN(indices, distances)
  const rounds = umap.initializeFit(indices)
  // The places that it goes on from are those that it gives out.
  const places = umap.getEmbedding()
  const scale = DEVIATION / (Math.sqrt(start.reduce((sum, value, at) => (at % 2 === 0 ? sum + value * value : sum), 0) / rows.count) || 1)
  places.forEach((place, row) => {
    for (let axis = 0; axis < 2; axis++) place[axis] = start[2 * row + axis]! * scale + random.uniform(-NOISE, NOISE)
  })
  for (let round = 1; round <= rounds; round++) {
    umap.step()
    onProgress?.({ name: 'rounds', unit: 'rounds', done: round, total: rounds })
    await pause()
  }
  return Float32Array.from(umap.getEmbedding().flat())
}
