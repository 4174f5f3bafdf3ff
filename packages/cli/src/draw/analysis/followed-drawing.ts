import type { FollowedPoint } from '@dinokit/analysis'
import type { Pixels, Tensor } from '@dinokit/core'
import { sharpFromPixels } from '../parts/sharp-from-pixels.ts'
import { colorOf, withObjects } from './objects-drawing.ts'

/** Things that are followed, in one frame. */
export interface DrawnThings {
  /** [height][width]: 0 for none, 1 for the first mask, and so on. */
  readonly labels: Tensor<'uint8'>
  readonly points: readonly (FollowedPoint | null)[]
}

/**
 * A frame with its masks colored, and a ring with its number at each point.
 *
 * @returns a PNG file of the frame's size
 */
export function followedDrawing(image: Pixels, { labels, points }: DrawnThings): Promise<Buffer> {
  const { width, height } = image
  const drawn = labels.data.some((label) => label > 0) ? withObjects(image, labels) : image
  const radius = Math.max(5, Math.round(Math.max(width, height) / 90))
  const rings = points.map((point, index) => {
    if (!point) return ''
    const [x, y] = [point.x + 0.5, point.y + 0.5]
    const color = `rgb(${colorOf(index).join()})`
    return `<circle cx="${x}" cy="${y}" r="${radius}" fill="none" stroke="#000" stroke-width="${radius * 0.7}"/><circle cx="${x}" cy="${y}" r="${radius}" fill="none" stroke="${color}" stroke-width="${radius * 0.4}"/><text x="${x + 1.6 * radius}" y="${y}" dominant-baseline="middle" font-family="sans-serif" font-weight="bold" font-size="${2.4 * radius}" fill="${color}" stroke="#000" stroke-width="${radius * 0.3}" paint-order="stroke">${index + 1}</text>`
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${rings.join('')}</svg>`
  return sharpFromPixels(drawn)
    .composite([{ input: Buffer.from(svg), left: 0, top: 0 }])
    .png()
    .toBuffer()
}
