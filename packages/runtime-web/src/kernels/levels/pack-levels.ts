import { PANEL } from '../tasks.ts'

/** Sizes of a matrix of levels. */
interface LevelsForm {
  readonly width: number
  /** A multiple of 2. */
  readonly depth: number
  /** Level that stands for 0. */
  readonly center: number
}

/**
 * Lays a matrix of levels [depth][width] out as [panels][depth / 2][columns of a panel][2], around 0.
 *
 * @param from - bytes, signed where the center is 0
 * @param to - as long
 * @param form - of the matrix
 */
export function packLevels(from: Uint8Array, to: Int8Array, { width, depth, center }: LevelsForm): void {
  let at = 0
  for (let panel = 0; panel < width; panel += PANEL)
    for (let k = 0; k < depth; k += 2)
      for (let column = panel; column < panel + PANEL; column++) {
        to[at++] = from[k * width + column]! - center
        to[at++] = from[(k + 1) * width + column]! - center
      }
}
