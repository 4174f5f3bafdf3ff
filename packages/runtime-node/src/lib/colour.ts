/** CMYK to RGB as Pillow does (python-pillow/Pillow, src/libImaging/Convert.c): 255 is full ink. */
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

/** The upper halves of 16-bit samples in the machine's own byte order, which is little-endian wherever Node runs sharp. */
export function highBytes(samples: Uint8Array): Uint8Array {
  const high = new Uint8Array(samples.length / 2)
  for (let i = 0; i < high.length; i++) high[i] = samples[i * 2 + 1]!
  return high
}
