import type { Pixels, PixelMap, Region, Tensor } from '@dinokit/core'
import { drawContours } from '../parts/contours.ts'
import { panelSheet } from './panels.ts'

/** Colors of objects, in turn: readable beside one another without red and green alone (Okabe and Ito). */
const COLORS = [
  [230, 159, 0],
  [86, 180, 233],
  [204, 121, 167],
  [0, 158, 115],
  [240, 228, 66],
] as const
const OPACITY = 0.5
const GRAY_BEHIND = 0.7

/** Objects of an image, numbered from 1 in a map of its pixels. */
export interface DrawnObjects {
  /** [height][width] */
  readonly labels: Tensor<'uint8'>
  readonly boxes: readonly Region[]
}

/**
 * An image beside its objects: each colored, with its outline and its box, and what is behind them gray.
 *
 * @returns a PNG file
 */
export function objectsDrawing(image: Pixels, { labels, boxes }: DrawnObjects): Promise<Buffer> {
  const drawn = withObjects(image, labels)
  boxes.forEach((box, index) => drawBox(drawn, box, colorOf(index), thickness(image)))
  const count = boxes.length === 0 ? 'no objects' : boxes.length === 1 ? '1 object' : `${boxes.length} objects`
  return panelSheet(
    [
      { title: 'image', pixels: image },
      { title: count, pixels: drawn },
    ],
    2,
  )
}

/** An image with its objects colored and outlined, and what is behind them gray. */
export function withObjects(image: Pixels, labels: Tensor<'uint8'>): Pixels {
  const { width, height } = image
  const data = image.data.slice()
  for (let pixel = 0; pixel < labels.data.length; pixel++) {
    const label = labels.data[pixel]!
    const color = label > 0 ? colorOf(label - 1) : undefined
    const gray = GRAY_BEHIND * (0.299 * data[3 * pixel]! + 0.587 * data[3 * pixel + 1]! + 0.114 * data[3 * pixel + 2]!)
    for (let channel = 0; channel < 3; channel++) {
      const value = image.data[3 * pixel + channel]!
      data[3 * pixel + channel] = Math.round(color ? value + OPACITY * (color[channel]! - value) : gray)
    }
  }
  const drawn = { data, width, height }
  drawContours(drawn, labels as unknown as Pick<PixelMap<'uint8'>, 'data' | 'shape'>, thickness(image), [255, 255, 255])
  return drawn
}

/** Color of an object, counted from 0: they come again after the fifth. */
export function colorOf(index: number): readonly [number, number, number] {
  return COLORS[index % COLORS.length]!
}

function thickness({ width, height }: Pixels): number {
  return Math.max(1, Math.round(Math.max(width, height) / 400))
}

function drawBox(pixels: Pixels, { left, top, width, height }: Region, color: readonly number[], thick: number): void {
  for (let y = top; y < top + height; y++) {
    for (let x = left; x < left + width; x++) {
      const rim = Math.min(y - top, top + height - 1 - y, x - left, left + width - 1 - x) < thick
      if (rim) pixels.data.set(color, (y * pixels.width + x) * 3)
    }
  }
}
