import type { Pixels } from '../image/pixels.ts'

/** An image each of whose bytes is looked up. */
export function mapBytes({ data, width, height }: Pixels, into: Uint8Array, byteOf: (value: number) => number): Pixels {
  const table = new Uint8Array(256)
  for (let value = 0; value < 256; value++) table[value] = byteOf(value)
  for (let i = 0; i < data.length; i++) into[i] = table[data[i]!]!
  return { data: into, width, height }
}
