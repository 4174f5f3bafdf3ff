import { largestDifference } from '@dinokit/testing'
import { expect, test } from 'vitest'
import { crop } from './crop.ts'
import { createRandom } from '../augment/random.ts'
import { ycbcrToRgb, type Ycbcr } from './ycbcr-to-rgb.ts'

/** Makes an image of random bytes, extremes among them. */
function image(width: number, height: number, subsampled: boolean): Ycbcr {
  const random = createRandom(width * 1000 + height)
  const plane = (columns: number, rows: number): { data: Uint8Array; stride: number } => {
    const stride = columns + 3
    return { stride, data: Uint8Array.from({ length: stride * rows }, () => Math.min(255, Math.max(0, random.below(400) - 72))) }
  }
  const factor = subsampled ? 2 : 1
  const chroma = (): ReturnType<typeof plane> => plane(Math.ceil(width / factor), Math.ceil(height / factor))
  return { width, height, subsampled, luma: plane(width, height), chroma: [chroma(), chroma()] }
}

/** The same in floating point, pixel by pixel: JFIF's equations, on chroma weighed 9:3:3:1 as the file's samples lie. */
function reference({ width, height, luma, chroma, subsampled }: Ycbcr): number[] {
  const [columns, rows] = [width, height].map((side) => Math.ceil(side / 2)) as [number, number]
  const sample = ({ data, stride }: Ycbcr['luma'], y: number, x: number): number => {
    if (!subsampled) return data[y * stride + x]!
    const [row, column] = [y >> 1, x >> 1]
    const otherRow = Math.min(rows - 1, Math.max(0, row + (y % 2 ? 1 : -1)))
    const otherColumn = Math.min(columns - 1, Math.max(0, column + (x % 2 ? 1 : -1)))
    const at = (r: number, c: number): number => data[r * stride + c]!
    const sum = 9 * at(row, column) + 3 * at(otherRow, column) + 3 * at(row, otherColumn) + at(otherRow, otherColumn)
    // libjpeg rounds halves up in even columns, and down in odd ones.
    return Math.floor((sum + (x % 2 ? 7 : 8)) / 16)
  }
  const byte = (value: number): number => Math.min(255, Math.max(0, value))
  return Array.from({ length: width * height }, (_, index) => {
    const [y, x] = [Math.floor(index / width), index % width]
    const [cb, cr] = chroma.map((plane) => sample(plane, y, x) - 128) as [number, number]
    const green = -0.344136 * cb - 0.714136 * cr
    return [1.402 * cr, green, 1.772 * cb].map((shift) => byte(luma.data[y * luma.stride + x]! + shift))
  }).flat()
}

test.each([
  [1, 1, true],
  [2, 2, true],
  [17, 9, true],
  [640, 130, true],
  [333, 67, true],
  [16, 200, false],
  [35, 5, false],
])('gives the colors of %i x %i, chroma of two by two pixels: %s', (width, height, subsampled) => {
  const planes = image(width, height, subsampled)
  const rgb = ycbcrToRgb(planes)!
  const expected = reference(planes)
  expect(rgb.data.length).toBe(expected.length)
  // Rounding to the nearest byte, and weights in 16 bits.
  expect(largestDifference(rgb.data, expected)).toBeLessThan(0.51)
  if (width < 17) return
  const window = { left: 3, top: 1, width: width - 8, height: height - 2 }
  expect(ycbcrToRgb(planes, window)).toEqual(crop(rgb, window))
})
