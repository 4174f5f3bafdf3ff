import { textAt, viewOf } from './lib/bytes.ts'

/** The chunks of an animation (PNG specification, third edition). */
const ANIMATION = ['acTL', 'fcTL', 'fdAT']

/**
 * Whether a PNG file is animated, which is told before its image.
 *
 * @param head - the file's first bytes, or all
 */
export function isAnimatedPng(head: Uint8Array): boolean {
  const view = viewOf(head)
  for (let at = 8; at + 8 <= head.length; at += 12 + view.getUint32(at)) {
    const chunk = textAt(head, at + 4)
    if (chunk === 'acTL') return true
    if (chunk === 'IDAT') return false
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
  const view = viewOf(bytes)
  const kept = [bytes.subarray(0, 8)]
  let animated = false
  for (let at = 8; at < bytes.length;) {
    const end = at + 8 > bytes.length ? bytes.length : at + 12 + view.getUint32(at)
    if (ANIMATION.includes(textAt(bytes, at + 4))) animated = true
    else kept.push(bytes.subarray(at, end))
    at = end
  }
  if (!animated) return bytes
  const still = new Uint8Array(kept.reduce((sum, { length }) => sum + length, 0))
  let to = 0
  for (const chunk of kept) {
    still.set(chunk, to)
    to += chunk.length
  }
  return still
}
