import { decodeImage } from '@dinokit/runtime-node'
import sharp from 'sharp'

/**
 * An image made small, whole, as a data address for drawings.
 *
 * @param source - a path or an address
 * @param side - of the square that it fits, in pixels
 * @returns its size, and that of one of the image's pixels in it
 * @throws DinokitError of `decodeImage`
 */
export async function thumbnail(
  source: string,
  side: number,
): Promise<{ readonly src: string; readonly width: number; readonly height: number; readonly scale: number }> {
  const { data, width, height } = await decodeImage(source)
  const { data: jpeg, info } = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(side, side, { fit: 'inside' })
    .jpeg({ quality: 88 })
    .toBuffer({ resolveWithObject: true })
  return { src: `data:image/jpeg;base64,${jpeg.toString('base64')}`, width: info.width, height: info.height, scale: info.width / width }
}
