import type { Size } from '@dinokit/core'
import sharp from 'sharp'

/**
 * JPEG files made of the sample images, brought to one size.
 *
 * @param count - how many
 * @param size - in pixels; the default is a photograph's, so that decoding and resizing cost what they do there
 */
export async function makeImages(count: number, size: Size = { width: 1920, height: 1200 }): Promise<Buffer[]> {
  const names = ['astronaut', 'chelsea', 'coffee', 'rocket']
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      sharp(new URL(`../../../examples/first-look/images/${names[index % names.length]!}.jpg`, import.meta.url).pathname)
        .resize(size.width, size.height, { fit: 'cover' })
        .modulate({ hue: index * 7 })
        .jpeg({ quality: 88 })
        .toBuffer(),
    ),
  )
}
