import { assertNotAborted, DinokitError, type OnProgress } from '@dinokit/core'
import type { MapSheets } from '@dinokit/curate'
import { openImage } from '@dinokit/runtime-node'
import sharp from 'sharp'

/** Most thumbnails of each side, in pixels: about 10 MB in all. */
const SIDES = [
  [1000, 96],
  [4000, 64],
  [10_000, 48],
] as const
/** Most thumbnails of a page. */
export const MOST_THUMBNAILS = SIDES.at(-1)![0]

const COLUMNS = 32
const QUALITY = 70
const TOGETHER = 8

/** Thumbnails, on sheets. */
export interface ThumbnailSheets {
  readonly sheets: MapSheets
  /** Place of each image's thumbnail; undefined where it couldn't be read. */
  readonly thumbnails: readonly (number | undefined)[]
}

/**
 * Draws thumbnails of images on sheets, each the middle square of an image. Images that can't be read are left out.
 *
 * @param sources - paths or addresses, at most {@link MOST_THUMBNAILS}
 * @throws DinokitError `aborted`
 */
export async function thumbnailSheets(
  sources: readonly string[],
  { onProgress, signal }: { readonly onProgress: OnProgress; readonly signal: AbortSignal },
): Promise<ThumbnailSheets> {
  const side = SIDES.find(([most]) => sources.length <= most)![1]
  const addresses: string[] = []
  const thumbnails: (number | undefined)[] = []
  let [sheet, drawn] = [new Uint8Array((COLUMNS * side) ** 2 * 3), 0]
  for (let start = 0; start < sources.length; start += TOGETHER) {
    assertNotAborted(signal)
    for (const tile of await Promise.all(sources.slice(start, start + TOGETHER).map((source) => squareOf(source, side, signal)))) {
      thumbnails.push(tile && drawn)
      if (tile) place(tile, sheet, drawn++ % COLUMNS ** 2, side)
      if (!tile || drawn % COLUMNS ** 2 !== 0) continue
      addresses.push(await addressOf(sheet, side, COLUMNS))
      sheet = new Uint8Array(sheet.length)
    }
    onProgress({ name: 'thumbnails', unit: 'thumbnails', done: thumbnails.length, total: sources.length })
  }
  const left = drawn % COLUMNS ** 2
  if (left > 0) addresses.push(await addressOf(sheet, side, Math.ceil(left / COLUMNS)))
  return { sheets: { side, columns: COLUMNS, addresses }, thumbnails }
}

/** The middle square of an image, RGB. */
async function squareOf(source: string, side: number, signal: AbortSignal): Promise<Uint8Array | undefined> {
  try {
    await using image = await openImage(source, { signal })
    const scale = side / Math.min(image.size.width, image.size.height)
    const small = { width: Math.ceil(image.size.width * scale), height: Math.ceil(image.size.height * scale) }
    const { data, width, height } = (await image.readReduced?.(small)) ?? (await image.read())
    return await sharp(data, { raw: { width, height, channels: 3 } })
      .resize(side, side, { fit: 'cover' })
      .raw()
      .toBuffer()
  } catch (error) {
    if (!DinokitError.is(error) || error.code === 'aborted') throw error
    return undefined
  }
}

function place(tile: Uint8Array, sheet: Uint8Array, at: number, side: number): void {
  const [column, row] = [at % COLUMNS, Math.floor(at / COLUMNS)]
  for (let line = 0; line < side; line++)
    sheet.set(tile.subarray(3 * line * side, 3 * (line + 1) * side), 3 * side * ((row * side + line) * COLUMNS + column))
}

async function addressOf(sheet: Uint8Array, side: number, rows: number): Promise<string> {
  const [width, height] = [COLUMNS * side, rows * side]
  const webp = await sharp(sheet.subarray(0, 3 * width * height), { raw: { width, height, channels: 3 } })
    .webp({ quality: QUALITY })
    .toBuffer()
  return `data:image/webp;base64,${webp.toString('base64')}`
}
