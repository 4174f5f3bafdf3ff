import { augment, sampleAugmentation, type Augmentation } from './augment.ts'
import type { CropRecipe, MultiCropRecipe } from './crop-recipe.ts'
import type { Pixels } from '../image/pixels.ts'
import type { Random } from './random.ts'

/** A crop, and how it was made of its image: where it lies, whether it is mirrored. */
export interface Crop {
  readonly pixels: Pixels
  readonly augmentation: Augmentation
}

/** The crops of one image. */
export interface MultiCrop {
  readonly global: readonly Crop[]
  readonly local: readonly Crop[]
}

/**
 * Makes random crops of an image, large and small (DINO's multi-crop, arXiv 2006.09882 and 2104.14294). The same image,
 * recipe and state of `random` give the same bits in Node and in a browser.
 *
 * @param pixels - the image
 * @param recipe - such as {@link dinov2Recipe}'s
 * @param random - drawn from in order: all of one crop, the global crops before the local ones
 */
export function multiCrop(pixels: Pixels, recipe: MultiCropRecipe, random: Random): MultiCrop {
  const make = (of: CropRecipe): Crop => {
    const augmentation = sampleAugmentation(pixels, of, random)
    return { pixels: augment(pixels, augmentation), augmentation }
  }
  return { global: recipe.global.map(make), local: recipe.local.map(make) }
}
