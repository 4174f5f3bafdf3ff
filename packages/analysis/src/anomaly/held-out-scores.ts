import type { RunOptions, Tensor } from '@dinokit/core'
import type { PatchSearch } from './patch-search.ts'
import { scorePatches } from './score-patches.ts'

/** Most parts that good images are shared out to, so that each can be scored by the others. */
export const HELD_OUT_PARTS = 5

/** A good image that is scored by the others. */
export interface HeldOutImage {
  /** [rows][columns][dim] */
  readonly grid: Tensor
  /** [rows][columns]: the foreground, whose patches alone are scored. Default: all. */
  readonly mask?: Tensor<'bool'>
}

/** Options of {@link heldOutScores}. */
export interface HeldOutOptions extends RunOptions {
  /** Told after each image. */
  readonly onProgress?: (done: number, total: number) => void
}

/** Shares things out to {@link HELD_OUT_PARTS} parts in turn, or to one each where they are fewer. */
export function shareOut<T>(things: readonly T[]): T[][] {
  const count = Math.min(HELD_OUT_PARTS, things.length)
  return Array.from({ length: count }, (_, part) => things.filter((_, index) => index % count === part))
}

/**
 * Scores each good image by the other parts of a bank: what `anomalyThreshold` chooses a threshold from.
 *
 * @param search - of a bank whose parts are those of the images
 * @param parts - the images, such as by {@link shareOut}; at least two parts
 * @param options - progress, cancellation
 * @throws DinokitError those of `scorePatches`
 */
export async function heldOutScores(
  search: PatchSearch,
  parts: readonly (readonly HeldOutImage[])[],
  { onProgress, ...options }: HeldOutOptions = {},
): Promise<number[]> {
  const scores: number[] = []
  const total = parts.flat().length
  for (const [without, images] of parts.entries()) {
    for (const { grid, mask } of images) {
      const { score } = await scorePatches(search, grid, { ...options, without, ...(mask && { mask }) })
      scores.push(score)
      onProgress?.(scores.length, total)
    }
  }
  return scores
}
