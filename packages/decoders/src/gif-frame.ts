import type { Size, Region } from '@dinokit/core'
import { viewOf } from './lib/bytes.ts'

/** A GIF file's first frame. */
export interface GifFrame {
  /** Window of the image that it covers. */
  readonly window: Region
  /** Red, green and blue of what is transparent in it, and of what it does not cover; undefined where it has no palette. */
  readonly backdrop: readonly [red: number, green: number, blue: number] | undefined
}

/**
 * Looks for a GIF's first frame. Decoders throw the colors of transparent pixels away, and Pillow keeps them: the palette's color
 * of the transparent index, or its first (GIF89a specification, 18 to 23).
 *
 * @param bytes - the file's first bytes, or all
 * @returns undefined where no frame is among them
 */
export function gifFrame(bytes: Uint8Array): GifFrame | undefined {
  let index = 0
  let at = 13 + paletteBytes(bytes[10])
  while (at + 10 < bytes.length) {
    const block = bytes[at]
    if (block === IMAGE) {
      const [left, top, width, height] = [1, 3, 5, 7].map((offset) => viewOf(bytes).getUint16(at + offset, true))
      return { window: { left: left!, top: top!, width: width!, height: height! }, backdrop: colorOf(bytes, at, index) }
    }
    if (block !== EXTENSION) return undefined
    if (bytes[at + 1] === GRAPHIC_CONTROL && (bytes[at + 3]! & 1) === 1) index = bytes[at + 6]!
    at += 2
    while (bytes[at]) at += 1 + bytes[at]!
    at++
  }
  return undefined
}

/** A color of the palette of a frame, which is its own or the file's; black where that has fewer. */
function colorOf(bytes: Uint8Array, frame: number, index: number): GifFrame['backdrop'] {
  const own = paletteBytes(bytes[frame + 9])
  const length = own || paletteBytes(bytes[10])
  if (length === 0) return undefined
  const palette = own > 0 ? frame + 10 : 13
  const [red, green, blue] = index * 3 < length ? bytes.subarray(palette + index * 3) : []
  return blue === undefined ? [0, 0, 0] : [red!, green!, blue]
}

/**
 * Gives what is transparent in a GIF's first frame, and what the frame does not cover, its palette's color.
 *
 * @param samples - [height][width][4] of the whole image; changed in place
 * @param size - of the image
 * @param frame - the first frame
 */
export function fillBackdrop(samples: Uint8Array | Uint8ClampedArray, { width, height }: Size, { window, backdrop }: GifFrame): void {
  const [red, green, blue] = backdrop ?? [0, 0, 0]
  const { left, top } = window
  const [right, bottom] = [left + window.width, top + window.height]
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      if (samples[i + 3] !== 0 && x >= left && x < right && y >= top && y < bottom) continue
      samples[i] = red
      samples[i + 1] = green
      samples[i + 2] = blue
    }
  }
}

const EXTENSION = 0x21
const GRAPHIC_CONTROL = 0xf9
const IMAGE = 0x2c

/** Length of the palette that a packed field announces. */
function paletteBytes(packed = 0): number {
  return packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0
}
