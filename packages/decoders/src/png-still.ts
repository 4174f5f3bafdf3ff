import { pngChunks } from './lib/png-chunks.ts'

/** The chunks of an animation (PNG specification, third edition). */
const ANIMATION = ['acTL', 'fcTL', 'fdAT']

/**
 * Whether a PNG file is animated, which is told before its image.
 *
 * @param head - the file's first bytes, or all
 */
export function isAnimatedPng(head: Uint8Array): boolean {
  for (const { type } of pngChunks(head)) {
    if (type === 'acTL') return true
    if (type === 'IDAT') return false
  }
  return false
}

/**
 * A PNG file's still image, which is what decoders without animation show: it need not be the animation's first frame.
 *
 * @param bytes - of the whole file
 * @returns a copy without its animation; `bytes` itself where it has none
 */
export function pngStill(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const kept = [bytes.subarray(0, 8)]
  let animated = false
  let rest = 8
  for (const { type, start, end } of pngChunks(bytes)) {
    if (ANIMATION.includes(type)) animated = true
    else kept.push(bytes.subarray(start, end))
    rest = end
  }
  if (!animated) return bytes
  kept.push(bytes.subarray(rest))
  const still = new Uint8Array(kept.reduce((sum, { length }) => sum + length, 0))
  let to = 0
  for (const chunk of kept) {
    still.set(chunk, to)
    to += chunk.length
  }
  return still
}
