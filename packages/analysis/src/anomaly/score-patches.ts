import { DinokitError, tensor, type Tensor } from '@dinokit/core'
import { maskedTokens } from '../foreground-masks.ts'
import type { NearestOptions, PatchSearch } from './patch-search.ts'

/** Score of an image: how far its patches are from those of good images. */
export interface AnomalyScore {
  /** Mean of the largest 1 % of the distances. */
  readonly score: number
  /** [rows][columns]: cosine distance of each patch to the nearest of the bank, 0 to 2; 0 outside the foreground. */
  readonly distances: Tensor
}

/** Options of {@link scorePatches}. */
export interface ScoreOptions extends NearestOptions {
  /** [rows][columns]: the foreground, whose patches alone are scored. Default: all. */
  readonly mask?: Tensor<'bool'>
}

const TOP = 0.01

/**
 * Scores an image by the distances of its patches to a bank of good ones (AnomalyDINO, arXiv 2405.14529).
 *
 * @param search - of the bank
 * @param grid - [rows][columns][dim]
 * @param options - mask, part of the bank that is left out, cancellation
 * @throws DinokitError `tensor-invalid` for a mask of another grid or without a patch, and those of {@link PatchSearch.nearest}
 */
export async function scorePatches(search: PatchSearch, grid: Tensor, { mask, ...options }: ScoreOptions = {}): Promise<AnomalyScore> {
  const [rows, columns] = grid.shape as [number, number, number]
  const chosen = mask ? maskedTokens(grid, mask) : grid
  if (chosen.data.length === 0) {
    throw new DinokitError('tensor-invalid', 'The image has no foreground, so nothing of it can be scored.', {
      expected: 'a mask with at least one patch',
      hint: 'Leave the mask out, or lower its threshold.',
    })
  }
  const { similarities } = await search.nearest(chosen, options)
  const distances = new Float32Array(rows * columns)
  let at = 0
  for (let patch = 0; patch < distances.length; patch++) {
    if (!mask || mask.data[patch]) distances[patch] = Math.min(2, Math.max(0, 1 - similarities[at++]!))
  }
  return { score: meanOfTop(distances), distances: tensor('float32', distances, [rows, columns]) }
}

function meanOfTop(distances: Float32Array): number {
  const count = Math.max(1, Math.trunc(distances.length * TOP))
  const top = distances.slice().sort().subarray(-count)
  return top.reduce((sum, value) => sum + value, 0) / count
}
