import { colorValues } from '@dinokit/analysis'
import { tensor, type PixelMap, type Pixels } from '@dinokit/core'
import { depthColorRange, isNearLarge, type Depth, type DepthColorRange, type DepthUnit } from '@dinokit/head-depth'
import { depthText } from '../output/found/depth-text.ts'
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
/** Widest that a scale is, in text sizes. */
const WIDEST = 72

/**
 * Depth as colors with a scale beneath, magma from the nearest (bright) to the farthest (dark).
 *
 * @param depth - of an image
 * @param under - the image, where the colors are to lie over it
 * @returns a PNG file
 */
export async function depthDrawing(depth: Depth, under?: Pixels): Promise<Buffer> {
  const { map } = depth
  const [height, width] = map.shape
  const { factor, text } = drawingSize({ width, height })
  const range = depthColorRange(depth)
  const colors = depthColors(map, range)
  const shown = under ? blend(colors, under, OPACITY, (pixel) => map.data[pixel] === map.unknown) : colors
  const unseen = map.data.includes(map.unknown)
  const scale = await scaleImage(range, under !== undefined)
  return captioned(await enlarge(shown, factor, under ? 'cubic' : 'nearest'), text, (room) =>
    scaleBar(scale, range, { depth, unseen: unseen && !under }, { width: Math.min(room, WIDEST * text), text }),
  )
}

/** Depth as colors, one pixel a pixel. */
export function depthColors(map: PixelMap, { near, far }: DepthColorRange): Pixels {
  const colors = colorValues(map, { map: MAP, low: far, high: near })
  map.data.forEach((value, index) => {
    if (value === map.unknown) colors.data.set(UNSEEN, index * 3)
  })
  return colors
}

/** All colors in a row, as they are over middle gray where they lie over an image. */
async function scaleImage({ near, far }: DepthColorRange, overlay: boolean): Promise<string> {
  const values = Float32Array.from({ length: 512 }, (_, index) => near + ((far - near) * index) / 511)
  const colors = colorValues(tensor('float32', values, [1, values.length]), { map: MAP, low: far, high: near })
  const gray = { ...colors, data: new Uint8Array(colors.data.length).fill(128) }
  const png = await sharpFromPixels(overlay ? blend(colors, gray, OPACITY, () => false) : colors)
    .png()
    .toBuffer()
  return `data:image/png;base64,${png.toString('base64')}`
}

interface Scaled {
  readonly depth: Depth
  readonly unseen: boolean
}

/** Words between the ends of a scale whose numbers have no unit. */
const BETWEEN: Readonly<Partial<Record<DepthUnit, string>>> = { disparity: 'disparity, no unit', relative: 'depth, no unit' }

function scaleBar(src: string, range: DepthColorRange, { depth: { unit, min, max }, unseen }: Scaled, { width, text }: TextBox): Element {
  const thick = Math.round(text * 0.9)
  const [near, far] = isNearLarge(unit) ? [max, min] : [min, max]
  const between = BETWEEN[unit]
  return box(
    { flexDirection: 'column', width, gap: Math.round(text * 0.45) },
    box(
      { justifyContent: 'space-between', width },
      end('nearest', depthText(near, unit)),
      ...(between === undefined ? [] : [box({ color: FAINT }, between)]),
      end('farthest', depthText(far, unit)),
    ),
    image(src, { width, height: thick, borderRadius: Math.round(thick / 5) }),
    ticks(range, unit === 'meters' ? ' m' : '', { width, text }),
    ...(unseen ? [legendOfUnseen(text)] : []),
  )
}

function end(name: string, value: string): Element {
  return box({ gap: '0.35em' }, box({ color: FAINT }, name), box({ fontWeight: 600 }, value))
}

function ticks({ near, far }: DepthColorRange, suffix: string, { width, text }: TextBox): Element {
  const { values, decimals } = scaleSteps(Math.min(near, far), Math.max(near, far), Math.max(2, Math.floor(width / (text * 5))))
  const thick = Math.max(1, Math.round(text / 14))
  return box(
    { position: 'relative', width, height: Math.round(text * 1.9) },
    ...values.flatMap((value) => {
      const label = `${value.toFixed(decimals)}${suffix}`
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
