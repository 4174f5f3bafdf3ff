import { createRandom } from '@dinokit/core/augment'

/**
 * Makes files that are no good images of good ones: bytes changed, cut off, repeated, or none at all.
 *
 * @param files - good ones
 * @param count - how many to make
 * @param seed - decides on all of them
 */
export function hostileImages(files: readonly Uint8Array<ArrayBuffer>[], count: number, seed: number): Uint8Array<ArrayBuffer>[] {
  const random = createRandom(seed)
  const below = (most: number): number => random.below(Math.max(1, most))
  return Array.from({ length: count }, (_, index) => {
    const bytes = files[index % files.length]!.slice()
    if (index % 4 === 0) return bytes.slice(0, below(bytes.length))
    if (index % 4 === 1) return Uint8Array.from({ length: below(2000) }, () => below(256))
    // Of headers few bytes decide, of pixels many.
    const [changes, reach] = index % 4 === 2 ? [4, 64] : [200, bytes.length]
    for (let change = 0; change < changes; change += 1) bytes[below(Math.min(reach, bytes.length))] = below(256)
    return bytes
  })
}
