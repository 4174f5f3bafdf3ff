import type { GridShape } from '../grid/patch-at.ts'
import type { PatchMatch } from './patch-match.ts'

/** Patches to each side of a patch that are compared with it. */
const REACH = 2
/** Patches by which moves may differ. */
const TOLERANCE = 1

/**
 * Keeps matches that move as enough matches around them do.
 *
 * @param matches - of patches, at most one from each
 * @param grid - rows and columns of the image that they are from
 * @param least - number of matches that agree, of the 24 patches around
 */
export function agreeingMatches(matches: readonly PatchMatch[], [rows, columns]: GridShape, least: number): PatchMatch[] {
  const moves = new Float64Array(rows * columns * 2).fill(NaN)
  for (const { from, to } of matches) moves.set([to.row - from.row, to.column - from.column], (from.row * columns + from.column) * 2)
  const agree = ({ from }: PatchMatch): boolean => {
    const own = (from.row * columns + from.column) * 2
    let count = -1 // The match itself is counted, too.
    for (let row = Math.max(0, from.row - REACH); row <= Math.min(rows - 1, from.row + REACH); row++) {
      for (let column = Math.max(0, from.column - REACH); column <= Math.min(columns - 1, from.column + REACH); column++) {
        const at = (row * columns + column) * 2
        if (Math.hypot(moves[at]! - moves[own]!, moves[at + 1]! - moves[own + 1]!) <= TOLERANCE) count++
      }
    }
    return count >= least
  }
  return matches.filter(agree)
}
