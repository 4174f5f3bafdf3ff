import { tensor, type Tensor } from '@dinokit/core'
import type { ClassInfo, LabelMap } from '@dinokit/head-kit'

/** A class that is in an image. */
export interface SegmentedClass extends ClassInfo {
  /** Its label. */
  readonly index: number
  /** Pixels of the source image. */
  readonly pixels: number
  /** Share of the pixels that the model saw, 0 to 1. */
  readonly share: number
  /** Mean probability where it is the likeliest, on the grid of patches, 0 to 1. */
  readonly confidence: number
}

/** The classes that a map of labels holds, the largest first. */
export function classesIn(labels: LabelMap, probabilities: Tensor, classes: readonly ClassInfo[]): SegmentedClass[] {
  const { counts, seen } = countLabels(labels, classes.length)
  const confidence = confidenceOf(probabilities)
  return Array.from(counts, (pixels, index) => ({
    index,
    ...classes[index]!,
    pixels,
    share: seen === 0 ? 0 : pixels / seen,
    confidence: confidence[index]!,
  }))
    .filter(({ pixels }) => pixels > 0)
    .sort((a, b) => b.pixels - a.pixels)
}

/** Pixels of each label, and of all that are known. */
function countLabels({ data, unknown }: LabelMap, classes: number): { readonly counts: Uint32Array; readonly seen: number } {
  const counts = new Uint32Array(classes)
  const each = 4 / data.BYTES_PER_ELEMENT
  const words = new Uint32Array(data.buffer, data.byteOffset, Math.floor(data.length / each))
  const repeated = each === 4 ? 0x01010101 : 0x00010001
  let seen = 0
  // Pixels come in runs of one label: whole words of them are passed over at once.
  for (let start = 0, end = 0; start < data.length; start = end) {
    const label = data[start]!
    const word = Math.imul(label, repeated) >>> 0
    while (end < data.length && data[end] === label) {
      if (end % each === 0 && words[end / each] === word) end += each
      else end++
    }
    if (label === unknown) continue
    counts[label]! += end - start
    seen += end - start
  }
  return { counts, seen }
}

/** Probabilities of each cell; what are probabilities already stays as it is. */
export function softmaxGrid({ data, shape }: Tensor): Tensor {
  const [classes, rows, columns] = shape as [number, number, number]
  const plane = rows * columns
  const result = new Float32Array(data.length)
  for (let cell = 0; cell < plane; cell++) {
    let largest = -Infinity
    for (let at = cell; at < data.length; at += plane) largest = Math.max(largest, data[at]!)
    let sum = 0
    for (let at = cell; at < data.length; at += plane) sum += result[at] = Math.exp(data[at]! - largest)
    for (let at = cell; at < data.length; at += plane) result[at]! /= sum
  }
  return tensor('float32', result, [classes, rows, columns])
}

/** Computes each class's mean probability where it is the likeliest; its largest where it nowhere is. */
function confidenceOf({ data, shape }: Tensor): Float64Array {
  const [classes, rows, columns] = shape as [number, number, number]
  const plane = rows * columns
  const [sums, counts, largest] = [new Float64Array(classes), new Uint32Array(classes), new Float64Array(classes)]
  for (let cell = 0; cell < plane; cell++) {
    let best = 0
    for (let index = 0; index < classes; index++) {
      const value = data[index * plane + cell]!
      if (value > data[best * plane + cell]!) best = index
      if (value > largest[index]!) largest[index] = value
    }
    sums[best]! += data[best * plane + cell]!
    counts[best]!++
  }
  return sums.map((sum, index) => (counts[index]! > 0 ? sum / counts[index]! : largest[index]!))
}
