import { matchPatches, patchCenter, type MatchOptions, type Point } from '@dinokit/analysis'
import type { Pixels, Tensor } from '@dinokit/core'
import sharp from 'sharp'

/** A turn, an enlargement and a shift of an image about its center. */
export interface Warp {
  readonly degrees?: number
  readonly scale?: number
  /** In pixels, to the right and down. */
  readonly shift?: readonly [x: number, y: number]
}

/** Known warps: the farthest of what `match` is measured by. */
export const WARPS: readonly Warp[] = [
  { shift: [34, -21] },
  { shift: [-17, 36] },
  { degrees: 15 },
  { degrees: -15 },
  { scale: 0.8 },
  { scale: 1.25 },
]

/** Reads the middle square of an image. */
export async function readSquare(path: string, side: number): Promise<Pixels> {
  const data = await sharp(path).rotate().toColourspace('srgb').removeAlpha().resize(side, side, { fit: 'cover' }).raw().toBuffer()
  return { data: new Uint8Array(data), width: side, height: side }
}

/** Finds where a warp takes a point, each from the center of its image. */
function moved({ x, y }: Point, { degrees = 0, scale = 1, shift = [0, 0] }: Warp): Point {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180) * scale, Math.sin((degrees * Math.PI) / 180) * scale]
  return { x: cos * x - sin * y + shift[0], y: sin * x + cos * y + shift[1] }
}

/** Finds where a warp takes a pixel of an image of this side. */
export function warpedPoint({ x, y }: Point, warp: Warp, side: number): Point {
  const half = side / 2 - 0.5
  const to = moved({ x: x - half, y: y - half }, warp)
  return { x: to.x + half, y: to.y + half }
}

function inverse({ x, y }: Point, { degrees = 0, scale = 1, shift = [0, 0] }: Warp): Point {
  return moved({ x: x - shift[0], y: y - shift[1] }, { degrees: -degrees, scale: 1 / scale })
}

/** Cuts the middle out of an image, warped; beyond its edges, pixels are those at the edge. */
export function warpPixels({ data, width, height, channels = 3 }: Pixels, warp: Warp, side: number): Pixels {
  const result = new Uint8Array(side * side * channels)
  const value = (row: number, column: number, channel: number): number => data[(row * width + column) * channels + channel]!
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const from = inverse({ x: column + 0.5 - side / 2, y: row + 0.5 - side / 2 }, warp)
      const x = Math.min(width - 1.001, Math.max(0, from.x + width / 2 - 0.5))
      const y = Math.min(height - 1.001, Math.max(0, from.y + height / 2 - 0.5))
      const [left, top] = [Math.floor(x), Math.floor(y)]
      const [right, down] = [x - left, y - top]
      for (let channel = 0; channel < channels; channel++) {
        const above = value(top, left, channel) * (1 - right) + value(top, left + 1, channel) * right
        const below = value(top + 1, left, channel) * (1 - right) + value(top + 1, left + 1, channel) * right
        result[(row * side + column) * channels + channel] = Math.round(above * (1 - down) + below * down)
      }
    }
  }
  return { data: result, width: side, height: side, ...(channels !== 3 && { channels }) }
}

/** Matches found in a warped image, and how many of them lie within one patch of the right place. */
export interface WarpMatches {
  readonly found: number
  readonly right: number
}

/** A warp of square images of a side in pixels. */
export interface WarpedSquare {
  readonly warp: Warp
  readonly side: number
}

/**
 * Matches an image with its warp. A match to a place that the warp took out of the image is wrong.
 *
 * @param a - [rows][columns][dim] of the image
 * @param b - of the warped one, of the same size
 */
export function matchWarp(a: Tensor, b: Tensor, { warp, side }: WarpedSquare, options?: MatchOptions): WarpMatches {
  const grid = a.shape as [number, number, number]
  const whole = { width: side, height: side }
  const placement = { source: whole, resized: whole, input: whole, left: 0, top: 0 }
  const matches = matchPatches(a, b, options)
  const right = matches.filter(({ from, to }) => {
    const [start, end] = [patchCenter(from, placement, grid), patchCenter(to, placement, grid)]
    const expected = warpedPoint(start, warp, side)
    return Math.hypot(end.x - expected.x, end.y - expected.y) <= side / grid[0]
  })
  return { found: matches.length, right: right.length }
}
