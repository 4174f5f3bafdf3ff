import { PANEL } from '../tasks.ts'

/** Sizes of a matrix of levels. */
interface LevelsForm {
  readonly width: number
  /** A multiple of `group`. */
  readonly depth: number
  /** Level that stands for 0. */
  readonly center: number
  /** Levels of a column that lie together: those of a step. */
  readonly group: number
}

/** A matrix that is laid out. */
interface PackedLevels {
  readonly levels: Int8Array
  /** Sum of each column’s levels. */
  readonly sums: Int32Array
}

/**
 * Lays a matrix of levels [depth][width] out as [panels][depth / group][columns of a panel][group], around 0, and adds up its columns.
 *
 * @param from - bytes, signed where the center is 0
 * @param to - as long
 * @param form - of the matrix
 */
export function packLevels(from: Uint8Array, { levels, sums }: PackedLevels, { width, depth, center, group }: LevelsForm): void {
  let at = 0
  for (let panel = 0; panel < width; panel += PANEL)
    for (let first = 0; first < depth; first += group)
      for (let column = panel; column < panel + PANEL; column++)
        for (let k = first; k < first + group; k++) {
          levels[at] = from[k * width + column]! - center
          sums[column]! += levels[at++]!
        }
}
