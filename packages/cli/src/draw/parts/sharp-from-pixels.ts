import type { Pixels } from '@dinokit/core'
import sharp, { type Sharp } from 'sharp'

/** Pixels as sharp takes them, however many there are: whoever decoded them has set a limit. */
export function sharpFromPixels({ data, width, height }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
}
