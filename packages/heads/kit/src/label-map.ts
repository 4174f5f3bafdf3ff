import { tensor, type PixelMap, type Placement, type Tensor } from '@dinokit/core'
import { gridAxes, type GridAxis } from './grid-axis.ts'
import { axisRuns, type AxisRun } from './lib/axis-runs.ts'

/** A map of classes: the index of the likeliest class of every pixel of the source. */
export type LabelMap = PixelMap<'uint8'> | PixelMap<'uint16'>

/**
 * Makes a map of the source image's classes. The label of what the model did not see is the largest of its type.
 *
 * @param classes - how many there are: at most 255 fit into bytes
 * @param size - of the source
 */
export function emptyLabels(classes: number, { width, height }: Placement['source']): LabelMap {
  const shape = [height, width] as const
  return classes <= 255
    ? { ...tensor('uint8', new Uint8Array(width * height).fill(255), shape), shape, unit: 'class', unknown: 255 }
    : { ...tensor('uint16', new Uint16Array(width * height).fill(65_535), shape), shape, unit: 'class', unknown: 65_535 }
}

/**
 * The likeliest class of every pixel of the source: scores are brought to the source's pixels bilinearly, the largest
 * wins, the first of equals. Between four cells of the grid scores are weighted means of theirs, so a class that is below
 * another in all four can't win there: most cells have one candidate and are filled without looking at scores again.
 *
 * @param scores - [classes][rows][columns]
 * @param placement - of the image
 */
export function labelMap(scores: Tensor, placement: Placement): LabelMap {
  const [classes, rows, columns] = scores.shape as [number, number, number]
  const { width } = placement.source
  const { x, y } = gridAxes(placement, [rows, columns])
  const labels = emptyLabels(classes, placement.source)
  const runsX = axisRuns(x)
  for (const down of axisRuns(y)) {
    for (const across of runsX) {
      const corners = [
        down.lower * columns + across.lower,
        down.lower * columns + across.upper,
        down.upper * columns + across.lower,
        down.upper * columns + across.upper,
      ] as const
      const candidates = candidatesOf(scores.data, classes, rows * columns, corners)
      const block = { labels: labels.data, width, x, y, across, down }
      if (candidates.length === 1) fill(block, candidates[0]!)
      else
        decide(
          block,
          candidates.map((index) => [index, ...corners.map((corner) => scores.data[index * rows * columns + corner]!)] as Candidate),
        )
    }
  }
  return labels
}

/** The pixels between four cells, and where their labels go. */
interface Block {
  readonly labels: Uint8Array | Uint16Array
  /** Width of the source. */
  readonly width: number
  readonly x: GridAxis
  readonly y: GridAxis
  readonly across: AxisRun
  readonly down: AxisRun
}

/** A class, and its scores at the four corners of a cell. */
type Candidate = [index: number, topLeft: number, topRight: number, bottomLeft: number, bottomRight: number]

/** Classes that no other is above of in all the corners, ascending. */
function candidatesOf(data: Float32Array, classes: number, plane: number, corners: readonly [number, number, number, number]): number[] {
  const winners = new Set(corners.map((corner) => winnerAt(data, classes, plane, corner)))
  if (winners.size === 1) return [...winners]
  const [a, b, c, d] = corners
  const candidates: number[] = []
  for (let index = 0; index < classes; index++) {
    const base = index * plane
    let beaten = false
    for (const winner of winners) {
      const other = winner * plane
      if (
        data[other + a]! > data[base + a]! &&
        data[other + b]! > data[base + b]! &&
        data[other + c]! > data[base + c]! &&
        data[other + d]! > data[base + d]!
      ) {
        beaten = true
        break
      }
    }
    if (!beaten) candidates.push(index)
  }
  return candidates
}

function winnerAt(data: Float32Array, classes: number, plane: number, at: number): number {
  let best = 0
  for (let index = 1; index < classes; index++) if (data[index * plane + at]! > data[best * plane + at]!) best = index
  return best
}

function fill({ labels, width, x, y, across, down }: Block, label: number): void {
  for (let i = down.start; i < down.end; i++) {
    const base = (y.start + i) * width + x.start
    labels.fill(label, base + across.start, base + across.end)
  }
}

/**
 * Between two cells of a row every score is a straight line, so the likeliest class changes a few times at the most: from
 * where one is found, its pixels end where the first line of a steeper slope crosses it.
 */
function decide({ labels, width, x, y, across, down }: Block, candidates: readonly Candidate[]): void {
  const [score, slope] = [new Float64Array(candidates.length), new Float64Array(candidates.length)]
  for (let i = down.start; i < down.end; i++) {
    const t = y.fraction[i]!
    for (let k = 0; k < candidates.length; k++) {
      const [, topLeft, topRight, bottomLeft, bottomRight] = candidates[k]!
      score[k] = topLeft + (bottomLeft - topLeft) * t
      slope[k] = topRight + (bottomRight - topRight) * t - score[k]!
    }
    const base = (y.start + i) * width + x.start
    for (let j = across.start; j < across.end;) {
      const best = largestAt(score, slope, x.fraction[j]!)
      const until = crossing(score, slope, best)
      const start = j++
      while (j < across.end && x.fraction[j]! <= until) j++
      labels.fill(candidates[best]![0], base + start, base + j)
    }
  }
}

/** The line that is highest at `s`, the first of equals. */
function largestAt(score: Float64Array, slope: Float64Array, s: number): number {
  let best = 0
  let highest = score[0]! + slope[0]! * s
  for (let k = 1; k < score.length; k++) {
    const other = score[k]! + slope[k]! * s
    if (other > highest) {
      best = k
      highest = other
    }
  }
  return best
}

/** Finds how far the highest line stays the highest. */
function crossing(score: Float64Array, slope: Float64Array, best: number): number {
  const [from, rise] = [score[best]!, slope[best]!]
  let nearest = Infinity
  for (let k = 0; k < score.length; k++) {
    const steeper = slope[k]! - rise
    if (steeper > 0) nearest = Math.min(nearest, (from - score[k]!) / steeper)
  }
  return nearest
}
