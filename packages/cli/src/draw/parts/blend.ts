import type { Pixels } from '@dinokit/core'

/**
 * Colours over a picture, which is made grey first: what is coloured is the answer.
 *
 * @param over - colours
 * @param under - the picture, of the same size
 * @param opacity - of the colours, 0 to 1
 * @param unseen - whether there is no answer for a pixel, which then stays as the picture has it
 */
export function blend(over: Pixels, under: Pixels, opacity: number, unseen: (pixel: number) => boolean): Pixels {
  const { width, height } = over
  const data = under.data.slice()
  for (let pixel = 0, i = 0; i < data.length; pixel++, i += 3) {
    if (unseen(pixel)) continue
    // Rec. 601 luma.
    const grey = (1 - opacity) * (0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!)
    for (let channel = i; channel < i + 3; channel++) data[channel] = Math.round(grey + opacity * over.data[channel]!)
  }
  return { data, width, height }
}
