import type { GridAxis } from '../grid-axis.ts'

/** Pixels that lie between the same two cells of the grid. */
export interface AxisRun {
  readonly lower: number
  readonly upper: number
  /** First pixel, counted from the first that the model saw. */
  readonly start: number
  /** One past the last. */
  readonly end: number
}

/** Divides an axis where its pixels come between other cells. */
export function axisRuns({ lower, upper }: GridAxis): AxisRun[] {
  const runs: AxisRun[] = []
  for (let start = 0; start < lower.length;) {
    let end = start + 1
    while (end < lower.length && lower[end] === lower[start]) end++
    runs.push({ lower: lower[start]!, upper: upper[start]!, start, end })
    start = end
  }
  return runs
}
