import type { Pixels } from '@dinokit/core'

/** Six pictures of different sizes: stripes and gradients of their own colours. */
export const PICTURES: readonly Pixels[] = Array.from({ length: 6 }, (_, picture) => {
  const [width, height] = [40 + 5 * picture, 48]
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y, channel] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3]
    return (x * (picture + 1) * (channel + 1) + y * (7 - picture) * 3 + picture * 40) % 256
  })
  return { width, height, data }
})
