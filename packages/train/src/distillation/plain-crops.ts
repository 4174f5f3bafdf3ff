import type { MultiCropRecipe, NumberRange } from '@dinokit/core/augment'

/** Options of {@link plainCrops}. */
export interface PlainCropsOptions {
  /** Side of the crop in pixels. */
  readonly size: number
  /** How much of the image's area it covers; [1, 1] is all of it that a square can show. */
  readonly scale: NumberRange
  /** Width by height of the rectangle that becomes the crop. Default [3/4, 4/3]. */
  readonly ratio?: NumberRange
  /** Probability of mirroring. Default 0.5. */
  readonly flip?: number
}

/** Defaults of {@link PlainCropsOptions}. */
export const PLAIN_CROPS_DEFAULTS = Object.freeze({ ratio: [3 / 4, 4 / 3] as const, flip: 0.5 }) satisfies Partial<PlainCropsOptions>

/**
 * One crop of each image, `global`, with its colors as they are: a random rectangle, mirrored every other time, as
 * torchvision's RandomResizedCrop and RandomHorizontalFlip make it.
 *
 * @param options - size, area
 */
export function plainCrops(options: PlainCropsOptions): MultiCropRecipe {
  const crop = {
    ...PLAIN_CROPS_DEFAULTS,
    ...options,
    jitter: { probability: 0, brightness: 0, contrast: 0, saturation: 0, hue: 0 },
    gray: 0,
    blur: { probability: 0, sigma: [0.1, 2] },
    solarize: { probability: 0, threshold: 128 },
  } as const
  return { global: [crop], local: [] }
}
