import type { Pixels } from '@dinokit/core'

/**
 * Colours over a picture, which is made grey first: what is coloured is the answer.
 *
 * @param over - colours
 * @param under - the picture, of the same size
 * @param opacity - of the colours, 0 to 1
 */
export function blend(over: Pixels, under: Pixels, opacity: number): Pixels {
  const { width, height } = over
  const data = new Uint8Array(over.data.length)
  for (let i = 0; i < data.length; i += 3) {
    // Rec. 601 luma.
    const grey = (1 - opacity) * (0.299 * under.data[i]! + 0.587 * under.data[i + 1]! + 0.114 * under.data[i + 2]!)
    for (let channel = i; channel < i + 3; channel++) data[channel] = Math.round(grey + opacity * over.data[channel]!)
  }
  return { data, width, height }
}
