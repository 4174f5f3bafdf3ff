import type { Pixels } from '@dinokit/core'
import { draw } from '../draw.ts'
import { box, image, type Element } from '../element.ts'
import { FAINT, INK, PAPER } from '../parts/paper-colors.ts'
import { sharpFromPixels } from '../parts/sharp-from-pixels.ts'
import { shorten } from '../parts/shorten.ts'

const GAP = 14
const TEXT = 15
const LONGEST_TITLE = 34

/** One image of a sheet, with its title. */
export interface Panel {
  readonly title: string
  /** Said fainter, beside the title. */
  readonly note?: string
  readonly pixels: Pixels
}

/**
 * Images side by side, each under its title.
 *
 * @param panels - of one size, or nearly
 * @param columns - most in a row
 * @returns a PNG file
 */
export async function panelSheet(panels: readonly Panel[], columns: number): Promise<Buffer> {
  const across = Math.min(columns, panels.length)
  const width = Math.max(...panels.map(({ pixels }) => pixels.width))
  const tiles = await Promise.all(panels.map((panel) => tile(panel)))
  return draw(
    box(
      { width: '100%', flexWrap: 'wrap', gap: GAP, padding: GAP, backgroundColor: PAPER, color: INK, fontFamily: 'Inter', fontSize: TEXT },
      ...tiles,
    ),
    across * (width + GAP) + GAP,
  )
}

async function tile({ title, note, pixels }: Panel): Promise<Element> {
  const { width, height } = pixels
  const png = await sharpFromPixels(pixels).png({ compressionLevel: 1 }).toBuffer()
  return box(
    { flexDirection: 'column', width, gap: 4 },
    box(
      { justifyContent: 'space-between', width },
      box({ fontWeight: 600 }, shorten(title, LONGEST_TITLE)),
      ...(note === undefined ? [] : [box({ color: FAINT }, note)]),
    ),
    image(`data:image/png;base64,${png.toString('base64')}`, { width, height }),
  )
}
