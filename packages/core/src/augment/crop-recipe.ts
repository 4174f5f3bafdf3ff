/** A range that a number is drawn from, each part of it as likely. */
export type NumberRange = readonly [low: number, high: number]

/** Recipe of one crop, with the probability of each operation. Every probability is that of the operation taking place. */
export interface CropRecipe {
  /** Side of the square crop, in pixels. */
  readonly size: number
  /** Share of the image's area that the crop covers. */
  readonly scale: NumberRange
  /** Width by height of the rectangle that becomes the crop, drawn on a logarithmic scale. */
  readonly ratio: NumberRange
  /** Probability of mirroring. */
  readonly flip: number
  /** Color jitter: its probability, and how far each property goes: factors from 1 - x to 1 + x, hue from -x to x turns. */
  readonly jitter: {
    readonly probability: number
    readonly brightness: number
    readonly contrast: number
    readonly saturation: number
    readonly hue: number
  }
  /** Probability of losing the colors. */
  readonly gray: number
  /** Gaussian blur: its probability, and the range of its deviation in pixels. */
  readonly blur: { readonly probability: number; readonly sigma: NumberRange }
  /** Solarization: its probability, and the threshold from which values are inverted. */
  readonly solarize: { readonly probability: number; readonly threshold: number }
}

/** The crops that are made of one image: large ones for teacher and student, small ones for the student alone. */
export interface MultiCropRecipe {
  readonly global: readonly CropRecipe[]
  readonly local: readonly CropRecipe[]
}

/** Options of {@link dinov2Recipe}. */
export interface Dinov2RecipeOptions {
  /** Side of the global crops. Default 224. */
  readonly globalSize?: number
  /** Side of the local crops. Default 98. */
  readonly localSize?: number
  /** Number of local crops. Default 8. */
  readonly locals?: number
  /** Area of the global crops. Default [0.32, 1]. */
  readonly globalScale?: NumberRange
  /** Area of the local crops. Default [0.05, 0.32]. */
  readonly localScale?: NumberRange
}

/** The defaults of {@link dinov2Recipe}. */
export const DINOV2_RECIPE_DEFAULTS: Required<Dinov2RecipeOptions> = Object.freeze({
  globalSize: 224,
  localSize: 98,
  locals: 8,
  globalScale: [0.32, 1],
  localScale: [0.05, 0.32],
} as const)

/**
 * The crops of DINOv2's training (facebookresearch/dinov2, DataAugmentationDINO in dinov2/data/augmentations.py): two
 * global ones and eight local ones.
 *
 * Probabilities of the blur are what the reference does, not what it says: it passes 1, .1 and .5 to a transform that keeps
 * the image as it is with that probability (dinov2/data/transforms.py), so the first global crop is never blurred, the
 * second nine times out of ten. BYOL's and DINO's own are the other way round.
 *
 * @param options - sizes, areas and the number of local crops
 */
export function dinov2Recipe(options: Dinov2RecipeOptions = {}): MultiCropRecipe {
  const { globalSize, localSize, locals, globalScale, localScale } = { ...DINOV2_RECIPE_DEFAULTS, ...options }
  const recipe = (size: number, scale: NumberRange, blur: number, solarize: number): CropRecipe => ({
    size,
    scale,
    ratio: [3 / 4, 4 / 3],
    flip: 0.5,
    jitter: { probability: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1 },
    gray: 0.2,
    blur: { probability: blur, sigma: [0.1, 2] },
    solarize: { probability: solarize, threshold: 128 },
  })
  return {
    global: [recipe(globalSize, globalScale, 0, 0), recipe(globalSize, globalScale, 0.9, 0.2)],
    local: Array.from({ length: locals }, () => recipe(localSize, localScale, 0.5, 0)),
  }
}
