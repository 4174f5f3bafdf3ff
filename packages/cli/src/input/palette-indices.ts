import { decode } from 'fast-png'
import type { Annotation } from '@dinokit/train/stored'

/**
 * The indices of a palette PNG’s pixels, whatever their colors: how VOC and many others keep label maps. (libvips gives
 * the colors alone.)
 *
 * @param bytes - of the file
 * @throws Error where it is damaged, or interlaced with several pixels in a byte
 */
export function paletteIndices(bytes: Uint8Array): Annotation {
  const { data, width, height, depth } = decode(bytes, { checkCrc: true })
  const indices = new Uint8Array(width * height)
  const stride = Math.ceil((width * depth) / 8)
  if (data.length !== stride * height) throw new Error(`it is interlaced, with ${depth} bits a pixel`)
  const [perByte, most] = [8 / depth, 2 ** depth - 1]
  for (let i = 0; i < indices.length; i++) {
    const [row, column] = [Math.floor(i / width), i % width]
    const byte = data[row * stride + Math.floor(column / perByte)]!
    indices[i] = (byte >> (8 - depth * ((column % perByte) + 1))) & most
  }
  return { data: indices, size: [height, width] }
}
