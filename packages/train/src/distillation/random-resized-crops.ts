import type { MultiCropRecipe, NumberRange } from '@dinokit/core/augment'

/** Options of {@link randomResizedCrops}. */
export interface RandomResizedCropsOptions {
  /** Side of the crop in pixels. */
  readonly size: number
  /** Share of the image's area that it covers; [1, 1] is all of it that a square can show. */
  readonly scale: NumberRange
  /** Width by height of the rectangle that becomes the crop. Default [3/4, 4/3]. */
  readonly ratio?: NumberRange
  /** Probability of mirroring. Default 0.5. */
  readonly flip?: number
}

/** Defaults of {@link RandomResizedCropsOptions}. */
export const RANDOM_RESIZED_CROPS_DEFAULTS = Object.freeze({
  ratio: [3 / 4, 4 / 3] as const,
  flip: 0.5,
}) satisfies Partial<RandomResizedCropsOptions>

/**
 * One crop of each image, `global`, with its colors as they are: a random rectangle, mirrored every other time, as
 * torchvision's RandomResizedCrop and RandomHorizontalFlip make it.
 *
 * @param options - size, area
 */
export function randomResizedCrops(options: RandomResizedCropsOptions): MultiCropRecipe {
  const crop = {
    ...RANDOM_RESIZED_CROPS_DEFAULTS,
    ...options,
    jitter: { probability: 0, brightness: 0, contrast: 0, saturation: 0, hue: 0 },
    gray: 0,
    blur: { probability: 0, sigma: [0.1, 2] },
    solarize: { probability: 0, threshold: 128 },
  } as const
  return { global: [crop], local: [] }
}
