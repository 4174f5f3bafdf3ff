import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation } from './adjust-colors.ts'
import type { CropRecipe, NumberRange } from './crop-recipe.ts'
import { crop, flip } from '../image/crop.ts'
import { gaussianBlur } from './gaussian-blur.ts'
import { grayscale } from './grayscale.ts'
import { portableExp, portableLog } from './portable-math.ts'
import type { Pixels } from '../image/pixels.ts'
import type { Random } from './random.ts'
import { resize } from '../image/resize.ts'
import type { Region } from '../image/region.ts'
import type { Size } from '../image/size.ts'
import { solarize } from './solarize.ts'

/** One step of a color jitter. */
export interface Adjustment {
  readonly op: 'brightness' | 'contrast' | 'saturation' | 'hue'
  /** Multiplier of brightness, contrast or saturation; for hue, the turn added, in turns of the color circle. */
  readonly factor: number
}

/** Steps that make one crop of an image: plain data. The same always gives the same bits. */
export interface Augmentation {
  /** The rectangle of the image that becomes the crop. */
  readonly box: Region
  /** Side of the crop, in pixels. */
  readonly size: number
  /** Whether it is mirrored. */
  readonly flipped: boolean
  /** The color jitter's steps in their order; none where there is no jitter. */
  readonly jitter: readonly Adjustment[]
  /** Whether it loses its colors. */
  readonly gray: boolean
  /** Deviation of the blur in pixels, where there is one. */
  readonly blur?: number
  /** The threshold of solarization, where there is one. */
  readonly solarize?: number
}

/**
 * Draws what is to be done to an image.
 *
 * @param source - size of the image
 * @param recipe - what may be done, and how often
 * @param random - what it is drawn from
 */
export function sampleAugmentation(source: Size, recipe: CropRecipe, random: Random): Augmentation {
  const { size, jitter, blur, solarize } = recipe
  return {
    box: drawBox(source, recipe, random),
    size,
    flipped: random.chance(recipe.flip),
    jitter: random.chance(jitter.probability) ? sampleJitter(jitter, random) : [],
    gray: random.chance(recipe.gray),
    ...(random.chance(blur.probability) && { blur: random.uniform(...blur.sigma) }),
    ...(random.chance(solarize.probability) && { solarize: solarize.threshold }),
  }
}

/**
 * Does to an image what was drawn, as torchvision does it to Pillow's images (facebookresearch/dinov2,
 * DataAugmentationDINO): crop, bicubic resize, mirror, color jitter, grayscale, blur, solarize.
 *
 * @param pixels - the image
 * @param augmentation - what is to be done
 * @returns the crop, `size` x `size`
 * @throws DinokitError `size-invalid` where the box is not inside the image
 */
export function augment(pixels: Pixels, augmentation: Augmentation): Pixels {
  const { box, size, flipped, jitter, gray, blur, solarize: threshold } = augmentation
  const result = resize(crop(pixels, box), { width: size, height: size }, 'bicubic')
  // It is this function's own: everything else is done in place.
  const { data } = result
  if (flipped) flip(result, data)
  for (const { op, factor } of jitter) ADJUST[op](result, factor, data)
  if (gray) grayscale(result, data)
  if (blur !== undefined) gaussianBlur(result, blur, data)
  if (threshold !== undefined) solarize(result, threshold, data)
  return result
}

const ADJUST = {
  brightness: adjustBrightness,
  contrast: adjustContrast,
  saturation: adjustSaturation,
  hue: adjustHue,
} as const satisfies Record<Adjustment['op'], (pixels: Pixels, factor: number, into: Uint8Array) => Pixels>

/** Boxes that are tried before one at the center is taken. */
const TRIES = 10

/** torchvision's RandomResizedCrop.get_params. */
function drawBox({ width, height }: Size, { scale, ratio }: CropRecipe, random: Random): Region {
  const [low, high] = [portableLog(ratio[0]), portableLog(ratio[1])]
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const area = width * height * random.uniform(...scale)
    const aspect = portableExp(random.uniform(low, high))
    const box = { width: roundToEven(Math.sqrt(area * aspect)), height: roundToEven(Math.sqrt(area / aspect)) }
    if (box.width < 1 || box.height < 1 || box.width > width || box.height > height) continue
    return { ...box, top: random.below(height - box.height + 1), left: random.below(width - box.width + 1) }
  }
  return centralBox({ width, height }, ratio)
}

/** Returns the largest box at the image's center that the range of ratios allows. */
function centralBox({ width, height }: Size, [low, high]: NumberRange): Region {
  const aspect = Math.min(Math.max(width / height, low), high)
  const box = {
    width: Math.max(1, Math.min(width, roundToEven(height * aspect))),
    height: Math.max(1, Math.min(height, roundToEven(width / aspect))),
  }
  return { ...box, top: Math.floor((height - box.height) / 2), left: Math.floor((width - box.width) / 2) }
}

/** torchvision's ColorJitter: the four in random order. */
function sampleJitter({ brightness, contrast, saturation, hue }: CropRecipe['jitter'], random: Random): Adjustment[] {
  const factor = (reach: number): number => random.uniform(Math.max(0, 1 - reach), 1 + reach)
  return random.shuffle<Adjustment>([
    { op: 'brightness', factor: factor(brightness) },
    { op: 'contrast', factor: factor(contrast) },
    { op: 'saturation', factor: factor(saturation) },
    { op: 'hue', factor: random.uniform(-hue, hue) },
  ])
}

function roundToEven(x: number): number {
  const below = Math.floor(x)
  const rest = x - below
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below
}
