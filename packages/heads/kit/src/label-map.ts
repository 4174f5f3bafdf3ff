import { tensor, type PixelMap, type Placement, type Tensor } from '@dinokit/core'
import { gridAxes, type GridAxis } from './grid-axis.ts'

/** A map of classes: the index of the likeliest class of every pixel of the source. */
export type LabelMap = PixelMap<'uint8'> | PixelMap<'uint16'>

/**
 * Makes a map of the source picture's classes. The label of what the model did not see is the largest of its type.
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
 * @param placement - of the picture
 */
export function labelMap(scores: Tensor, placement: Placement): LabelMap {
  const [classes, rows, columns] = scores.shape as [number, number, number]
  const { width } = placement.source
  const { x, y } = gridAxes(placement, [rows, columns])
  const labels = emptyLabels(classes, placement.source)
  const runsX = runsOf(x)
  for (const down of runsOf(y)) {
    for (const across of runsX) {
      const corners = [
        down.lower * columns + across.lower,
        down.lower * columns + across.upper,
        down.upper * columns + across.lower,
        down.upper * columns + across.upper,
      ] as const
      const candidates = candidatesOf(scores.data, classes, rows * columns, corners)
      if (candidates.length === 1) fill(labels.data, width, x, y, across, down, candidates[0]!)
      else
        decide(
          labels.data,
          width,
          x,
          y,
          across,
          down,
          candidates.map((index) => [index, ...corners.map((corner) => scores.data[index * rows * columns + corner]!)] as Candidate),
        )
    }
  }
  return labels
}

/** A class, and its scores at the four corners of a cell. */
type Candidate = [index: number, topLeft: number, topRight: number, bottomLeft: number, bottomRight: number]

/** Pixels that lie between the same two cells of the grid. */
interface Run {
  readonly lower: number
  readonly upper: number
  /** Within the pixels seen. */
  readonly start: number
  readonly end: number
}

function runsOf({ lower, upper }: GridAxis): Run[] {
  const runs: Run[] = []
  for (let start = 0; start < lower.length;) {
    let end = start + 1
    while (end < lower.length && lower[end] === lower[start]) end++
    runs.push({ lower: lower[start]!, upper: upper[start]!, start, end })
    start = end
  }
  return runs
}

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

function fill(labels: Uint8Array | Uint16Array, width: number, x: GridAxis, y: GridAxis, across: Run, down: Run, label: number): void {
  for (let i = down.start; i < down.end; i++) {
    const base = (y.start + i) * width + x.start
    labels.fill(label, base + across.start, base + across.end)
  }
}

function decide(
  labels: Uint8Array | Uint16Array,
  width: number,
  x: GridAxis,
  y: GridAxis,
  across: Run,
  down: Run,
  candidates: readonly Candidate[],
): void {
  const [left, right] = [new Float64Array(candidates.length), new Float64Array(candidates.length)]
  for (let i = down.start; i < down.end; i++) {
    const t = y.fraction[i]!
    candidates.forEach(([, topLeft, topRight, bottomLeft, bottomRight], k) => {
      left[k] = topLeft + (bottomLeft - topLeft) * t
      right[k] = topRight + (bottomRight - topRight) * t - left[k]
    })
    const base = (y.start + i) * width + x.start
    for (let j = across.start; j < across.end; j++) {
      const s = x.fraction[j]!
      let best = 0
      let score = left[0]! + right[0]! * s
      for (let k = 1; k < left.length; k++) {
        const other = left[k]! + right[k]! * s
        if (other > score) {
          best = k
          score = other
        }
      }
      labels[base + j] = candidates[best]![0]
    }
  }
}
