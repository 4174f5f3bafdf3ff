import type { Point } from '@dinokit/analysis'
import type { Pixels } from '@dinokit/core'
import sharp from 'sharp'
import { PAPER } from '../parts/paper-colors.ts'
import { sharpFromPixels } from '../parts/sharp-from-pixels.ts'

const HEIGHT = 480
const GAP = 16
/** Most lines: more can't be told apart. */
const MOST = 60

/** A place in one image, and its match in another, in pixels. */
export interface DrawnMatch {
  readonly from: Point
  readonly to: Point
}

/**
 * Two images side by side with lines between matches: the best ones that lie well apart, each colored by its place in the first image.
 *
 * @param matches - best first
 * @returns a PNG file
 */
export async function matchesDrawing(a: Pixels, b: Pixels, matches: readonly DrawnMatch[]): Promise<Buffer> {
  const [left, right] = await Promise.all([a, b].map(async (each) => ({ scale: HEIGHT / each.height, ...(await resized(each)) })))
  const offset = left!.width + GAP
  const [width, height] = [offset + right!.width, HEIGHT]
  const lines = apart(matches, Math.max(a.width, a.height) / 14).map(({ from, to }) => {
    const [x1, y1] = [(from.x + 0.5) * left!.scale, (from.y + 0.5) * left!.scale]
    const [x2, y2] = [offset + (to.x + 0.5) * right!.scale, (to.y + 0.5) * right!.scale]
    const color = `hsl(${Math.round((360 * from.x) / a.width)} 90% ${Math.round(45 + (25 * from.y) / a.height)}%)`
    return `<path d="M${x1} ${y1}L${x2} ${y2}" stroke="${color}" stroke-width="1.5"/><circle cx="${x1}" cy="${y1}" r="4" fill="${color}"/><circle cx="${x2}" cy="${y2}" r="4" fill="${color}"/>`
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${lines.join('')}</svg>`
  return sharp({ create: { width, height, channels: 3, background: PAPER } })
    .composite([
      { input: left!.png, left: 0, top: 0 },
      { input: right!.png, left: offset, top: 0 },
      { input: Buffer.from(svg), left: 0, top: 0 },
    ])
    .png()
    .toBuffer()
}

async function resized(pixels: Pixels): Promise<{ readonly png: Buffer; readonly width: number }> {
  const width = Math.max(1, Math.round((pixels.width * HEIGHT) / pixels.height))
  return { width, png: await sharpFromPixels(pixels).resize(width, HEIGHT, { fit: 'fill' }).png().toBuffer() }
}

/** Takes the best matches that begin at least so far from those taken before. */
function apart(matches: readonly DrawnMatch[], distance: number): DrawnMatch[] {
  const taken: DrawnMatch[] = []
  for (const match of matches) {
    if (taken.length === MOST) break
    if (taken.every(({ from }) => Math.hypot(from.x - match.from.x, from.y - match.from.y) >= distance)) taken.push(match)
  }
  return taken
}
