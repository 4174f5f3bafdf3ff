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

/**
 * Lays a matrix of levels [depth][width] out as [panels][depth / group][columns of a panel][group], around 0.
 *
 * @param from - bytes, signed where the center is 0
 * @param to - as long
 * @param form - of the matrix
 */
export function packLevels(from: Uint8Array, to: Int8Array, { width, depth, center, group }: LevelsForm): void {
  let at = 0
  for (let panel = 0; panel < width; panel += PANEL)
    for (let first = 0; first < depth; first += group)
      for (let column = panel; column < panel + PANEL; column++)
        for (let k = first; k < first + group; k++) to[at++] = from[k * width + column]! - center
}

/**
 * Adds up the columns of a matrix that is laid out.
 *
 * @param packed - by {@link packLevels}
 * @param to - one for each column
 * @param form - of the matrix
 */
export function sumColumns(packed: Int8Array, to: Int32Array, { depth, group }: Omit<LevelsForm, 'center'>): void {
  for (let at = 0; at < packed.length; at++) {
    const panel = Math.floor(at / (PANEL * depth))
    to[panel * PANEL + (Math.floor(at / group) % PANEL)]! += packed[at]!
  }
}
