import type { Pixels } from '@dinokit/core'
import type { Classification } from '@dinokit/head-classification'
import sharp from 'sharp'
import { captioned } from './captioned.ts'
import { draw } from './draw.ts'
import { drawingSize } from './parts/drawing-size.ts'
import { box, type Element } from './element.ts'
import { enlarge } from './parts/enlarge.ts'
import { formatShare } from './parts/format-share.ts'
import { FAINT, INK, LINE } from './parts/paper-colors.ts'
import { sharpFromPixels } from './parts/sharp-from-pixels.ts'
import { shorten } from './parts/shorten.ts'

type Classes = Classification['classes']

/** Colors of a panel. */
interface Look {
  readonly ink: string
  readonly faint: string
  readonly track: string
  readonly bar: string
}

const ON_PAPER: Look = { ink: INK, faint: FAINT, track: LINE, bar: '#2f6fde' }
const ON_IMAGE: Look = { ink: '#ffffff', faint: '#e3e6ea', track: 'rgba(255,255,255,0.28)', bar: '#7db0ff' }

/** A list of classes has to be this wide to be read, in text sizes. */
const NARROWEST = 14

/** Widest that a list of classes is, in text sizes. */
const WIDEST = { beneath: 72, over: 34 }

/**
 * An image with its likeliest classes beneath it, each with a bar as long as it is likely.
 *
 * @param classes - the likeliest first
 * @param image - that they are of
 * @returns a PNG file
 */
export async function classesBeneath(classes: Classes, image: Pixels): Promise<Buffer> {
  const { factor, text } = drawingSize(image)
  return captioned(await enlarge(image, factor, 'cubic'), text, (room) =>
    list(classes, Math.min(room, WIDEST.beneath * text), text, ON_PAPER),
  )
}

/**
 * An image with its likeliest classes over its lower left corner: as many as it has room for. Beneath it where
 * there is room for none.
 *
 * @param classes - the likeliest first
 * @param image - that they are of
 * @returns a PNG file, of the image's size where it is not a small one
 */
export async function classesOver(classes: Classes, image: Pixels): Promise<Buffer> {
  const { width, height, factor, text } = drawingSize(image)
  const margin = Math.round(text * 0.8)
  const room = Math.min(width - 2 * margin, WIDEST.over * text)
  const fitting = classes.slice(0, Math.max(0, Math.floor((height - 4 * margin) / (text * ROW))))
  if (room < NARROWEST * text || fitting.length === 0) return classesBeneath(classes, image)
  const panel = await draw(
    box(
      {
        width: '100%',
        padding: margin,
        borderRadius: text / 2,
        backgroundColor: 'rgba(16,18,22,0.72)',
        fontFamily: 'Inter',
        fontSize: text,
        lineHeight: 1.3,
      },
      list(fitting, room - 2 * margin, text, ON_IMAGE),
    ),
    room,
  )
  const { height: tall } = await sharp(panel).metadata()
  return sharpFromPixels(await enlarge(image, factor, 'cubic'))
    .composite([{ input: panel, left: margin, top: Math.max(0, height - margin - tall) }])
    .png()
    .toBuffer()
}

/** Height of a class and the gap beneath it, in text sizes. */
const ROW = 2.1

function list(classes: Classes, width: number, text: number, look: Look): Element {
  return box({ flexDirection: 'column', gap: text * 0.45, width }, ...classes.map((of) => line(of, width, text, look)))
}

function line({ name, probability }: Classes[number], width: number, text: number, { ink, faint, track, bar }: Look): Element {
  const thick = Math.max(2, Math.round(text * 0.28))
  const letters = Math.max(8, Math.floor((width / text - 5) / 0.56))
  return box(
    { flexDirection: 'column', width },
    box(
      { justifyContent: 'space-between', width, color: ink },
      box({ whiteSpace: 'nowrap' }, shorten(name, letters)),
      box({ color: faint, flexShrink: 0 }, formatShare(probability)),
    ),
    box(
      { width, height: thick, backgroundColor: track, borderRadius: thick / 2 },
      box({ width: Math.max(thick / 2, width * probability), height: thick, backgroundColor: bar, borderRadius: thick / 2 }),
    ),
  )
}
