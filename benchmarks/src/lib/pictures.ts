import sharp from 'sharp'

/**
 * JPEG files of 1920x1200 pixels, made of the sample pictures: enlarged, so that decoding and resizing cost what they do
 * for a photograph.
 *
 * @param count - how many
 */
export async function makePictures(count: number): Promise<Buffer[]> {
  const names = ['astronaut', 'chelsea', 'coffee', 'rocket']
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      sharp(new URL(`../../../examples/first-look/pictures/${names[index % names.length]!}.jpg`, import.meta.url).pathname)
        .resize(1920, 1200, { fit: 'cover' })
        .modulate({ hue: index * 7 })
        .jpeg({ quality: 88 })
        .toBuffer(),
    ),
  )
}
