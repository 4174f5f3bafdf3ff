import { hueTables, shiftHue } from './hsv.ts'
import { luma } from './luma.ts'
import { mapBytes } from './map-bytes.ts'
import type { Pixels } from '../image/pixels.ts'

// The four of torchvision's ColorJitter on a Pillow image (torchvision/transforms/_functional_pil.py), with its bits.

/**
 * Makes an image brighter or darker: a blend with black (Pillow's ImageEnhance.Brightness).
 *
 * @param pixels - the image
 * @param factor - 0 gives black, 1 the image, more a brighter one
 * @param into - where the result's data goes; the image's own will do. Default: new
 */
export function adjustBrightness(pixels: Pixels, factor: number, into: Uint8Array = new Uint8Array(pixels.data.length)): Pixels {
  return mapBytes(pixels, into, (value) => blend(0, value, factor))
}

/**
 * Changes the contrast: a blend with the image's mean gray (Pillow's ImageEnhance.Contrast).
 *
 * @param pixels - the image
 * @param factor - 0 gives one gray, 1 the image, more a harder one
 * @param into - where the result's data goes; the image's own will do. Default: new
 */
export function adjustContrast(pixels: Pixels, factor: number, into: Uint8Array = new Uint8Array(pixels.data.length)): Pixels {
  const { data } = pixels
  let sum = 0
  for (let i = 0; i < data.length; i += 3) sum += luma(data[i]!, data[i + 1]!, data[i + 2]!)
  const mean = Math.floor(sum / (data.length / 3) + 0.5)
  return mapBytes(pixels, into, (value) => blend(mean, value, factor))
}

/**
 * Makes the colors stronger or weaker: a blend with the grayscale image (Pillow's ImageEnhance.Color).
 *
 * @param pixels - the image
 * @param factor - 0 gives gray, 1 the image, more stronger colors
 * @param into - where the result's data goes; the image's own will do. Default: new
 */
export function adjustSaturation({ data, width, height }: Pixels, factor: number, into: Uint8Array = new Uint8Array(data.length)): Pixels {
  const result = new Uint8ClampedArray(into.buffer, into.byteOffset, into.byteLength)
  const alpha = Math.fround(factor)
  const scaled = new Float32Array(511)
  for (let index = 0; index < 511; index++) scaled[index] = alpha * (index - 255)
  for (let i = 0; i < data.length; i += 3) {
    const gray = luma(data[i]!, data[i + 1]!, data[i + 2]!)
    for (let channel = i; channel < i + 3; channel++) result[channel] = Math.fround(gray + scaled[data[channel]! - gray + 255]!) | 0
  }
  return { data: into, width, height }
}

/**
 * Turns the hue, by Pillow's 8-bit HSV.
 *
 * @param pixels - the image
 * @param shift - in turns, -0.5 to 0.5
 * @param into - where the result's data goes; the image's own will do. Default: new
 */
export function adjustHue({ data, width, height }: Pixels, shift: number, into: Uint8Array = new Uint8Array(data.length)): Pixels {
  shiftHue(data, into, hueTables(Math.trunc(shift * 255)))
  return { data: into, width, height }
}

/** One byte of Pillow's Image.blend (Blend.c), in float32: cut, not rounded, to a whole number, and clipped. */
function blend(from: number, to: number, factor: number): number {
  const mixed = Math.fround(from + Math.fround(Math.fround(factor) * (to - from)))
  return Math.min(Math.max(Math.trunc(mixed), 0), 255)
}
