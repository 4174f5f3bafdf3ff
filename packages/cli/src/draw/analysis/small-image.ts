import type { Pixels, Placement, Size } from '@dinokit/core'
import { sharpFromPixels } from '../parts/sharp-from-pixels.ts'

/** An image made to fit a square, and where the model's input lies in it. */
export interface SmallImage {
  readonly pixels: Pixels
  readonly placement: Placement
}

/** An image made to fit a square of so many pixels, larger or smaller, with its placement. */
export async function smallImage(pixels: Pixels, placement: Placement, side: number): Promise<SmallImage> {
  const size = fitting(pixels, side)
  const data = await sharpFromPixels(pixels).resize(size.width, size.height, { fit: 'fill' }).raw().toBuffer()
  return {
    pixels: { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), ...size },
    placement: { ...placement, source: size },
  }
}

function fitting({ width, height }: Size, side: number): Size {
  const scale = side / Math.max(width, height)
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}
