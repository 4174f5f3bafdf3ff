import type { Pixels, PixelMap } from '@dinokit/core'
import { sharpFromPixels } from './sharp-from-pixels.ts'

/** Labels, each `factor` pixels wide and high. */
export function enlargeLabels<Map extends Pick<PixelMap<'uint8' | 'uint16'>, 'data' | 'shape'>>(
  { data, shape }: Map,
  factor: number,
): Pick<Map, 'data' | 'shape'> {
  if (factor === 1) return { data, shape }
  const [height, width] = shape
  const large = new (data.constructor as Uint8ArrayConstructor)(data.length * factor * factor)
  for (let y = 0, to = 0; y < height * factor; y++) {
    const row = Math.floor(y / factor) * width
    for (let x = 0; x < width * factor; x++) large[to++] = data[row + Math.floor(x / factor)]!
  }
  return { data: large, shape: [height * factor, width * factor] }
}

/**
 * An image made a whole number of times larger.
 *
 * @param kernel - `nearest` where colors have a meaning, `cubic` where they are a photograph’s
 */
export async function enlarge(pixels: Pixels, factor: number, kernel: 'nearest' | 'cubic'): Promise<Pixels> {
  if (factor === 1) return pixels
  const [width, height] = [pixels.width * factor, pixels.height * factor]
  const data = await sharpFromPixels(pixels).resize(width, height, { kernel, fit: 'fill' }).raw().toBuffer()
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), width, height }
}
