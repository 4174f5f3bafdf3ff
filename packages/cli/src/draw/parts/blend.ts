import type { Pixels } from '@dinokit/core'

/**
 * Colors over an image, which is made gray first: what is colored is the answer.
 *
 * @param over - colors
 * @param under - the image, of the same size
 * @param opacity - of the colors, 0 to 1
 * @param unseen - whether there is no answer for a pixel, which then stays as the image has it
 */
export function blend(over: Pixels, under: Pixels, opacity: number, unseen: (pixel: number) => boolean): Pixels {
  const { width, height } = over
  const data = under.data.slice()
  for (let pixel = 0, i = 0; i < data.length; pixel++, i += 3) {
    if (unseen(pixel)) continue
    // Rec. 601 luma.
    const gray = (1 - opacity) * (0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!)
    for (let channel = i; channel < i + 3; channel++) data[channel] = Math.round(gray + opacity * over.data[channel]!)
  }
  return { data, width, height }
}
