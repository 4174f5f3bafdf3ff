import type { Pixels } from '@dinokit/core'

/** Six images of different sizes: stripes and gradients of their own colors. */
export const IMAGES: readonly Pixels[] = Array.from({ length: 6 }, (_, image) => {
  const [width, height] = [40 + 5 * image, 48]
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y, channel] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3]
    return (x * (image + 1) * (channel + 1) + y * (7 - image) * 3 + image * 40) % 256
  })
  return { width, height, data }
})
