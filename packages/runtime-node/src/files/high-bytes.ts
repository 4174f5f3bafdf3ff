/** The upper halves of 16-bit samples in the machine's own byte order, which is little-endian wherever Node runs sharp. */
export function highBytes(samples: Uint8Array): Uint8Array {
  const high = new Uint8Array(samples.length / 2)
  for (let i = 0; i < high.length; i++) high[i] = samples[i * 2 + 1]!
  return high
}
