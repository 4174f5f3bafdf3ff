import { colorValues } from '@dinokit/analysis'
import { tensor, type PixelMap, type Pixels } from '@dinokit/core'
import type { Depth } from '@dinokit/head-depth'
import { blend } from './parts/blend.ts'
import { captioned } from './captioned.ts'
import { drawingSize } from './parts/drawing-size.ts'
import { box, image, type Element, type TextBox } from './element.ts'
import { enlarge } from './parts/enlarge.ts'
import { scaleSteps } from './parts/scale-steps.ts'
import { FAINT, INK } from './parts/paper-colors.ts'
import { sharpFromPixels } from './parts/sharp-from-pixels.ts'
import { legendOfUnseen, UNSEEN } from './unseen.ts'

/** Color map in which near is bright. */
const MAP = 'magma'
const OPACITY = 0.7
/** A range narrower than this is widened to it, in meters: noise is not to look like depth. */
const NARROWEST = 0.1

/** Widest that a scale is, in text sizes. */
const WIDEST = 72

/** Meters that the first and last color stand for. */
export interface ColorRange {
  readonly near: number
  readonly far: number
}

/**
 * Depth as colors with a scale in meters beneath, magma from the nearest (bright) to the farthest (dark).
 *
 * @param depth - of an image
 * @param under - the image, where the colors are to lie over it
 * @returns a PNG file
 */
export async function depthDrawing({ meters, min, max }: Depth, under?: Pixels): Promise<Buffer> {
  const [height, width] = meters.shape
  const { factor, text } = drawingSize({ width, height })
  const range = colorRange(min, max)
  const colors = depthColors(meters, range)
  const shown = under ? blend(colors, under, OPACITY, (pixel) => meters.data[pixel] === meters.unknown) : colors
  const unseen = meters.data.includes(meters.unknown)
  const scale = await scaleImage(range, under !== undefined)
  return captioned(await enlarge(shown, factor, under ? 'cubic' : 'nearest'), text, (room) =>
    scaleBar(scale, range, { min, max, unseen: unseen && !under }, { width: Math.min(room, WIDEST * text), text }),
  )
}

/** The range of colors for a range of depths. */
export function colorRange(min: number, max: number): ColorRange {
  const missing = Math.max(0, NARROWEST - (max - min)) / 2
  return { near: Math.max(0, min - missing), far: max + missing }
}

/** Depth as colors, one pixel a pixel. */
export function depthColors(meters: PixelMap, { near, far }: ColorRange): Pixels {
  const colors = colorValues(meters, { map: MAP, low: far, high: near })
  meters.data.forEach((value, index) => {
    if (value === meters.unknown) colors.data.set(UNSEEN, index * 3)
  })
  return colors
}

/** All colors in a row, as they are over middle gray where they lie over an image. */
async function scaleImage({ near, far }: ColorRange, overlay: boolean): Promise<string> {
  const values = Float32Array.from({ length: 512 }, (_, index) => near + ((far - near) * index) / 511)
  const colors = colorValues(tensor('float32', values, [1, values.length]), { map: MAP, low: far, high: near })
  const gray = { ...colors, data: new Uint8Array(colors.data.length).fill(128) }
  const png = await sharpFromPixels(overlay ? blend(colors, gray, OPACITY, () => false) : colors)
    .png()
    .toBuffer()
  return `data:image/png;base64,${png.toString('base64')}`
}

interface ScaleEnds {
  readonly min: number
  readonly max: number
  readonly unseen: boolean
}

function scaleBar(src: string, range: ColorRange, { min, max, unseen }: ScaleEnds, { width, text }: TextBox): Element {
  const thick = Math.round(text * 0.9)
  return box(
    { flexDirection: 'column', width, gap: Math.round(text * 0.45) },
    box({ justifyContent: 'space-between', width }, end('nearest', min), end('farthest', max)),
    image(src, { width, height: thick, borderRadius: Math.round(thick / 5) }),
    ticks(range, width, text),
    ...(unseen ? [legendOfUnseen(text)] : []),
  )
}

function end(name: string, meters: number): Element {
  return box({ gap: '0.35em' }, box({ color: FAINT }, name), box({ fontWeight: 600 }, `${meters.toFixed(2)} m`))
}

function ticks({ near, far }: ColorRange, width: number, text: number): Element {
  const { values, decimals } = scaleSteps(near, far, Math.max(2, Math.floor(width / (text * 5))))
  const thick = Math.max(1, Math.round(text / 14))
  return box(
    { position: 'relative', width, height: Math.round(text * 1.9) },
    ...values.flatMap((value) => {
      const label = `${value.toFixed(decimals)} m`
      const place = ((value - near) / (far - near)) * width
      const room = label.length * text * 0.66
      // Numbers at the ends stay within the bar.
      const left = Math.min(Math.max(place - room / 2, 0), width - room)
      return [
        box({ position: 'absolute', left: Math.min(place, width - thick), top: 0, width: thick, height: text * 0.4, backgroundColor: INK }),
        box({ position: 'absolute', left, top: text * 0.5, width: room, justifyContent: 'center' }, label),
      ]
    }),
  )
}
