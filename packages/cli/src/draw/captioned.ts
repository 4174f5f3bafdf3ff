import type { Pixels } from '@dinokit/core'
import sharp from 'sharp'
import { draw } from './draw.ts'
import { box, type Element } from './element.ts'
import { INK, PAPER } from './parts/paper-colors.ts'
import { sharpFromPixels } from './parts/sharp-from-pixels.ts'

/** A caption is at least this wide, in text sizes. */
const NARROWEST = 24

/**
 * An image with a caption beneath it. The image is at the top left, pixel by pixel as it was given.
 *
 * @param pixels - the image
 * @param text - size of the caption’s text, in pixels
 * @param caption - makes the caption of the width that it may have
 * @returns a PNG file
 */
export async function captioned(pixels: Pixels, text: number, caption: (width: number) => Element): Promise<Buffer> {
  const { width, height } = pixels
  const full = Math.max(width, NARROWEST * text)
  const beneath = await draw(
    box(
      { width: '100%', backgroundColor: PAPER, color: INK, fontFamily: 'Inter', fontSize: text, lineHeight: 1.3, padding: text },
      caption(full - 2 * text),
    ),
    full,
  )
  const { height: added } = await sharp(beneath).metadata()
  return sharpFromPixels(pixels)
    .extend({ right: full - width, bottom: added, background: PAPER })
    .composite([{ input: beneath, left: 0, top: height }])
    .png()
    .toBuffer()
}
