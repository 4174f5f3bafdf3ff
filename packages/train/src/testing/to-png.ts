import type { Pixels } from '@dinokit/core'

/** Writes a file that loses nothing. */
export async function toPng({ width, height, data }: Pixels): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height)
  const image = new ImageData(width, height)
  image.data.fill(255)
  for (let i = 0; i < width * height; i++) image.data.set(data.subarray(3 * i, 3 * i + 3), 4 * i)
  canvas.getContext('2d')!.putImageData(image, 0, 0)
  return canvas.convertToBlob()
}
