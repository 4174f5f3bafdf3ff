import { colourValues } from '@dinokit/analysis'
import { tensor, type PixelMap, type Pixels } from '@dinokit/core'
import type { Depth } from '@dinokit/head-depth'
import { blend } from './parts/blend.ts'
import { captioned } from './captioned.ts'
import { drawingSize } from './parts/drawing-size.ts'
import { box, image, type Element } from './element.ts'
import { enlarge } from './parts/enlarge.ts'
import { scaleSteps } from './parts/scale-steps.ts'
import { FAINT, INK } from './parts/paper-colours.ts'
import { sharpFromPixels } from './parts/sharp-from-pixels.ts'
import { legendOfUnseen, UNSEEN } from './unseen.ts'

/** What is nearest is brightest. */
const MAP = 'magma'
const OPACITY = 0.7
/** A range narrower than this is widened to it, in metres: noise is not to look like depth. */
const NARROWEST = 0.1

/** Widest that a scale is, in text sizes. */
const WIDEST = 72

/** Metres that the first and last colour stand for. */
export interface ColourRange {
  readonly near: number
  readonly far: number
}

/**
 * Depth as colours with a scale in metres beneath, magma from the nearest (bright) to the farthest (dark).
 *
 * @param depth - of a picture
 * @param under - the picture, where the colours are to lie over it
 * @returns a PNG file
 */
export async function depthDrawing({ metres, min, max }: Depth, under?: Pixels): Promise<Buffer> {
  const [height, width] = metres.shape
  const { factor, text } = drawingSize({ width, height })
  const range = colourRange(min, max)
  const colours = depthColours(metres, range)
  const shown = under ? blend(colours, under, OPACITY, (pixel) => metres.data[pixel] === metres.unknown) : colours
  const unseen = metres.data.includes(metres.unknown)
  const scale = await scalePicture(range, under !== undefined)
  return captioned(await enlarge(shown, factor, under ? 'cubic' : 'nearest'), text, (room) =>
    scaleBar(scale, range, { min, max, unseen: unseen && !under }, Math.min(room, WIDEST * text), text),
  )
}

/** The range of colours for a range of depths. */
export function colourRange(min: number, max: number): ColourRange {
  const missing = Math.max(0, NARROWEST - (max - min)) / 2
  return { near: Math.max(0, min - missing), far: max + missing }
}

/** Depth as colours, one pixel a pixel. */
export function depthColours(metres: PixelMap, { near, far }: ColourRange): Pixels {
  const colours = colourValues(metres, { map: MAP, low: far, high: near })
  metres.data.forEach((value, index) => {
    if (value === metres.unknown) colours.data.set(UNSEEN, index * 3)
  })
  return colours
}

/** All colours in a row, as they are over middle grey where they lie over a picture. */
async function scalePicture({ near, far }: ColourRange, overlay: boolean): Promise<string> {
  const values = Float32Array.from({ length: 512 }, (_, index) => near + ((far - near) * index) / 511)
  const colours = colourValues(tensor('float32', values, [1, values.length]), { map: MAP, low: far, high: near })
  const grey = { ...colours, data: new Uint8Array(colours.data.length).fill(128) }
  const png = await sharpFromPixels(overlay ? blend(colours, grey, OPACITY, () => false) : colours)
    .png()
    .toBuffer()
  return `data:image/png;base64,${png.toString('base64')}`
}

interface ScaleEnds {
  readonly min: number
  readonly max: number
  readonly unseen: boolean
}

function scaleBar(src: string, range: ColourRange, { min, max, unseen }: ScaleEnds, width: number, text: number): Element {
  const thick = Math.round(text * 0.9)
  return box(
    { flexDirection: 'column', width, gap: Math.round(text * 0.45) },
    box({ justifyContent: 'space-between', width }, end('nearest', min), end('farthest', max)),
    image(src, { width, height: thick, borderRadius: Math.round(thick / 5) }),
    ticks(range, width, text),
    ...(unseen ? [legendOfUnseen(text)] : []),
  )
}

function end(name: string, metres: number): Element {
  return box({ gap: '0.35em' }, box({ color: FAINT }, name), box({ fontWeight: 600 }, `${metres.toFixed(2)} m`))
}

function ticks({ near, far }: ColourRange, width: number, text: number): Element {
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
