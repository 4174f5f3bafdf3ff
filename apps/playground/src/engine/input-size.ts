import type { Size } from 'dinokit/browser'

/** The resolutions to choose from: the shorter side of the model's input in pixels, or the image's own. */
export const SIZE_CHOICES = [224, 280, 336, 392, 448, 518, 'native'] as const

/** A resolution. */
export type SizeChoice = (typeof SIZE_CHOICES)[number]

/** Attention grows with the square of the patches: more than these take minutes, and gigabytes. */
const MOST_PATCHES = 4096

/**
 * The model's input for an image: all of it, in its own shape, each side a multiple of the patch; smaller than was chosen
 * where it would have more than 4,096 patches.
 */
export function inputSize({ width, height }: Size, choice: SizeChoice, patch: number): Size {
  const wanted = choice === 'native' ? 1 : choice / Math.min(width, height)
  const most = Math.sqrt((MOST_PATCHES * patch * patch) / (width * height))
  const side = (length: number, scale: number, round: (value: number) => number): number =>
    Math.max(1, Math.min(MOST_PATCHES, round((length * scale) / patch))) * patch
  const size = { width: side(width, wanted, Math.round), height: side(height, wanted, Math.round) }
  if (size.width * size.height <= MOST_PATCHES * patch * patch) return size
  return { width: side(width, most, Math.floor), height: side(height, most, Math.floor) }
}
