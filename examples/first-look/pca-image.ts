import { fitPca, pcaColors } from '@dinokit/analysis'
import { resize, type ImageSource, type Pixels, type Vision } from 'dinokit'
import sharp from 'sharp'

/** Side of each image on the sheet, in pixels. */
const SIDE = 336
/** Side of the model's input: finer than its usual 224, so that colors follow shapes. */
const INPUT = 448
const GAP = 12

/** A sheet of images, each with its patch features beside it as colors of one shared PCA basis. Returns a PNG. */
export async function pcaImage(vision: Vision<ImageSource>, files: readonly string[]): Promise<Buffer> {
  const views = await Promise.all(files.map((file) => vision.embed(file, { size: INPUT, pixels: true })))
  const grids = views.map(({ patches }) => patches)
  const colors = pcaColors(fitPca(grids), grids)
  const columns = Math.min(2, files.length)
  const rows = Math.ceil(files.length / columns)
  const cell = { width: 2 * SIDE + 2 * GAP, height: SIDE + GAP }
  const sheet = sharp({ create: { width: columns * cell.width, height: rows * cell.height + GAP, channels: 3, background: '#16161a' } })
  const parts = views.flatMap(({ pixels }, index) => {
    const left = (index % columns) * cell.width + GAP
    const top = Math.floor(index / columns) * cell.height + GAP
    return [place(pixels!, left, top), place(colors[index]!, left + SIDE + GAP / 2, top)]
  })
  return sheet.composite(parts).png().toBuffer()
}

function place(
  pixels: Pixels,
  left: number,
  top: number,
): { input: Buffer; raw: { width: number; height: number; channels: 3 }; left: number; top: number } {
  const { data, width, height } = resize(pixels, { width: SIDE, height: SIDE }, 'bicubic')
  return { input: Buffer.from(data), raw: { width, height, channels: 3 }, left, top }
}
