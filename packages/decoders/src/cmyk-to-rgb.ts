/**
 * Makes RGB of CMYK, with Pillow's bits: light that black lets through, less the share that an ink takes of it.
 *
 * @param samples - [pixels][channels], 255 is full ink; what follows the four inks is left out
 * @param channels - 4 or more
 * @returns [pixels][3]
 */
export function cmykToRgb(samples: Uint8Array, channels: number): Uint8Array {
  const pixels = samples.length / channels
  const rgb = new Uint8Array(pixels * 3)
  for (let i = 0; i < pixels; i++) {
    const light = 255 - samples[i * channels + 3]!
    for (let ink = 0; ink < 3; ink++) {
      const product = samples[i * channels + ink]! * light + 128
      rgb[i * 3 + ink] = light - ((product + (product >> 8)) >> 8)
    }
  }
  return rgb
}
