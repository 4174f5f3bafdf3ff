import type { Pixels } from '@dinokit/core'
import { reflect } from '../lib/reflect.ts'

/** Angles at which AnomalyDINO learns a good image too, in degrees (arXiv 2405.14529). */
export const ROTATIONS = Object.freeze([45, 90, 135, 180, 225, 270, 315] as const)

/**
 * Rotates an image about its center, counterclockwise, at its size: bilinear, and reflected at the borders without repeating the outermost
 * pixels, as OpenCV's `getRotationMatrix2D` and `warpAffine` do by their defaults.
 *
 * @param pixels - 8-bit
 * @param degrees - angle
 * @returns the image's size
 */
export function rotatePixels(pixels: Pixels, degrees: number): Pixels {
  const { data, width, height, channels = 3 } = pixels
  const angle = (degrees * Math.PI) / 180
  const [cosine, sine] = [exact(Math.cos(angle)), exact(Math.sin(angle))]
  const [centerX, centerY] = [width / 2, height / 2]
  const result = new Uint8Array(data.length)
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const fromX = cosine * (x - centerX) - sine * (y - centerY) + centerX
      const fromY = sine * (x - centerX) + cosine * (y - centerY) + centerY
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)]
      const [shareX, shareY] = [fromX - left, fromY - top]
      const [x0, x1] = [reflect(left, width), reflect(left + 1, width)]
      const [y0, y1] = [reflect(top, height) * width, reflect(top + 1, height) * width]
      for (let channel = 0; channel < channels; channel++, at++) {
        const value = (row: number, column: number): number => data[(row + column) * channels + channel]!
        const upper = value(y0, x0) + shareX * (value(y0, x1) - value(y0, x0))
        const lower = value(y1, x0) + shareX * (value(y1, x1) - value(y1, x0))
        result[at] = Math.round(upper + shareY * (lower - upper))
      }
    }
  }
  return { ...pixels, data: result }
}

/** A quarter turn's cosine is 0, and not 6e-17. */
function exact(value: number): number {
  return Math.round(value * 1e12) / 1e12
}
