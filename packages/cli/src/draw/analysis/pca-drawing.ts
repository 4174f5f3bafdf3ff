import type { Pixels, Placement, Tensor } from '@dinokit/core'
import sharp from 'sharp'
import { panelSheet, type Panel } from './panels.ts'
import { smallImage } from './small-image.ts'

const SIDE = 300

/** An image, and its patches as colors. */
export interface DrawnPca {
  readonly name: string
  readonly pixels: Pixels
  readonly placement: Placement
  /** One pixel a patch. */
  readonly colors: Pixels
  /** [rows][columns]: patches that are drawn; the others are white. Default: all. */
  readonly mask?: Tensor<'bool'>
}

/**
 * Images beside their patches as colors, two images in a row.
 *
 * @returns a PNG file
 */
export async function pcaDrawing(images: readonly DrawnPca[]): Promise<Buffer> {
  const panels = await Promise.all(
    images.map(async ({ name, pixels, placement, colors, mask }): Promise<Panel[]> => {
      const small = (await smallImage(pixels, placement, SIDE)).pixels
      const data = colors.data.slice()
      mask?.data.forEach((kept, patch) => {
        if (!kept) data.fill(255, patch * 3, patch * 3 + 3)
      })
      const raw = { width: colors.width, height: colors.height, channels: 3 } as const
      const large = await sharp(data, { raw }).resize(small.width, small.height, { kernel: 'nearest', fit: 'fill' }).raw().toBuffer()
      return [
        { title: name, pixels: small },
        { title: 'patches', pixels: { ...small, data: new Uint8Array(large) } },
      ]
    }),
  )
  return panelSheet(panels.flat(), 4)
}
