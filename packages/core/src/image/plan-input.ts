import { DinokitError } from '../contract/dinokit-error.ts'
import type { CropStart, Preprocessing } from '../cards/model-card.ts'
import type { Placement } from './placement.ts'
import type { Region } from './region.ts'
import { roundEven } from './resample/round-even.ts'
import { planResize, type ResizePlan } from './resample/plan-resize.ts'
import type { Size } from './size.ts'
import type { View } from './view.ts'

/**
 * Size of the model's input. Every side must be a multiple of the patch.
 *
 * - a number N: the reference's evaluation transform for an N x N input. The shorter side, or both where the card's `aspect` is
 *   `squash`, is resized to N * 256 / 224 (the card's `shortest / crop`), then the center is cropped.
 * - a size: the whole image, resized to it.
 * - `{ shortest: N }`: the whole image, its shorter side brought to N, but the longer one to no more than 4 N, each to
 *   the nearest multiple of the patch: what dense tasks take where images may be of any size.
 * - `native`: the whole image, resized to the nearest multiples of the patch.
 * - `pad`: the whole image as it is, padded at the center to the next multiples of the patch by the card's mean
 *   color, which the network sees as zero (as CenterPadding does in facebookresearch/dinov2, dinov2/eval/depth).
 * - `source`: the image as it is; its sides must be multiples of the patch already.
 */
export type InputSize = number | Size | { readonly shortest: number } | 'native' | 'pad' | 'source'

/** Options of {@link planInput}. */
export interface PreprocessOptions {
  /** The model's input. Default: the crop of `preprocessing`. */
  readonly size?: InputSize
  readonly preprocessing: Preprocessing
  /** Side of a patch in pixels. */
  readonly patch: number
  /** Mirror the input from left to right. Default false. */
  readonly flip?: boolean
}

/** Plan that makes an image a model's input: the part that is read, and the steps that follow. Plain data. */
export interface InputPlan {
  /** Place of the input in the image. */
  readonly placement: Placement
  /** Part of the image that is read: the rest need not be decoded. */
  readonly region: Region
  /** Resize of the region. */
  readonly resize: ResizePlan
  /** Color outside of the image: the mean color, which the network sees as zero, or black, as torchvision's crop has it. */
  readonly fill: { readonly color: readonly number[]; readonly isMean: boolean }
  /** Whether the input is mirrored. */
  readonly flip: boolean
}

/**
 * Plans a model's input before anything of the image is decoded.
 *
 * @param source - upright size of the image
 * @param options - the input's size, the card's preprocessing and patch
 * @throws DinokitError `size-invalid` where a side of the input would not be a positive multiple of the patch
 */
export function planInput(source: Size, options: PreprocessOptions): InputPlan {
  const { preprocessing, size, flip = false } = options
  return planOf(place(source, options), preprocessing, size === 'pad', flip)
}

/**
 * Plans a model's input of any window of any size of an image. What lies outside the image gets the mean color.
 *
 * @param source - upright size of the image
 * @param view - the window, and whether it is mirrored
 * @param options - the card's preprocessing and patch
 * @throws DinokitError `size-invalid` where a side of the input is no positive multiple of the patch
 */
export function planView(
  { width, height }: Size,
  { placement, flip = false }: View,
  { preprocessing, patch }: Pick<PreprocessOptions, 'preprocessing' | 'patch'>,
): InputPlan {
  assertMultiples(placement.input, patch)
  return planOf({ source: { width, height }, ...placement }, preprocessing, true, flip)
}

function planOf(placement: Placement, preprocessing: Preprocessing, isMean: boolean, flip: boolean): InputPlan {
  const { source, resized, left, top, input } = placement
  const window = {
    left: Math.max(left, 0),
    top: Math.max(top, 0),
    width: Math.min(input.width, resized.width - Math.max(left, 0)),
    height: Math.min(input.height, resized.height - Math.max(top, 0)),
  }
  const resize = planResize(source, resized, preprocessing, window)
  return { placement, region: resize.region, resize, fill: { color: isMean ? meanColor(preprocessing) : [0, 0, 0], isMean }, flip }
}

/**
 * The mean color in bytes, as near as bytes come to it: what padding is filled with.
 *
 * @param preprocessing - of the card
 */
export function meanColor({ mean }: Pick<Preprocessing, 'mean'>): number[] {
  return mean.map((value) => Math.min(Math.max(Math.round(value * 255), 0), 255))
}

/**
 * Names a way to preprocess images for a fingerprint, such as `shortest256-crop224-bicubic`.
 *
 * @param preprocessing - of the card
 * @param size - of the input; `look` for what a head asked to see
 */
export function preprocessingId(preprocessing: Preprocessing, size: InputSize | 'view' = preprocessing.crop): string {
  const { aspect, cropStart = 'even', filter, mean, std } = preprocessing
  const colors = `mean${mean.join(',')}-std${std.join(',')}`
  const transform = ((): string => {
    if (size === 'pad' || size === 'source' || size === 'view') return size
    if (size === 'native') return `native-${filter}`
    if (typeof size === 'number')
      return `${aspect === 'squash' ? aspect : 'shortest'}${shortestFor(preprocessing, size)}-crop${size}${cropStart === 'even' ? '' : cropStart}-${filter}`
    if ('shortest' in size) return `whole${size.shortest}-${filter}`
    return `resize${size.width}x${size.height}-${filter}`
  })()
  return `${transform}-${colors}`
}

/** Largest ratio of the longer side to the shorter one. */
const LONGEST_SIDES = 4

function place(source: Size, { size, preprocessing, patch }: PreprocessOptions): Placement {
  const wanted = size ?? preprocessing.crop
  const { width, height } = source
  const whole = { source: { width, height }, left: 0, top: 0 }
  if (wanted === 'native') {
    const input = { width: nearestMultiple(width, patch), height: nearestMultiple(height, patch) }
    return { ...whole, resized: input, input }
  }
  if (typeof wanted === 'object' && 'shortest' in wanted) {
    const scale = Math.min(wanted.shortest / Math.min(width, height), (LONGEST_SIDES * wanted.shortest) / Math.max(width, height))
    const input = { width: nearestMultiple(width * scale, patch), height: nearestMultiple(height * scale, patch) }
    assertMultiples(wanted.shortest > 0 ? input : { width: wanted.shortest, height: wanted.shortest }, patch)
    return { ...whole, resized: input, input }
  }
  if (wanted === 'pad') {
    const input = { width: Math.ceil(width / patch) * patch, height: Math.ceil(height / patch) * patch }
    return { ...whole, resized: whole.source, left: center(width, input.width), top: center(height, input.height), input }
  }
  if (wanted === 'source') {
    assertMultiples(source, patch, 'An image that is not to be resized needs such sides: pass another size.')
    return { ...whole, resized: whole.source, input: whole.source }
  }
  const input = typeof wanted === 'number' ? { width: wanted, height: wanted } : { width: wanted.width, height: wanted.height }
  assertMultiples(input, patch)
  if (typeof wanted !== 'number') return { ...whole, resized: input, input }
  const shortest = shortestFor(preprocessing, wanted)
  const resized = preprocessing.aspect === 'squash' ? { width: shortest, height: shortest } : shortestTo(source, shortest)
  const start = (length: number): number => center(length, wanted, preprocessing.cropStart)
  return { source: whole.source, resized, left: start(resized.width), top: start(resized.height), input }
}

function shortestFor({ shortest, crop }: Preprocessing, size: number): number {
  return Math.round((size * shortest) / crop)
}

/** torchvision's Resize of the shorter side: the longer one is cut to a whole number. */
function shortestTo({ width, height }: Size, shortest: number): Size {
  const longer = Math.trunc((shortest * Math.max(width, height)) / Math.min(width, height))
  return width <= height ? { width: shortest, height: longer } : { width: longer, height: shortest }
}

/** Start of the window: torchvision's CenterCrop rounds half to even, transformers down; both pad by the smaller half first. */
function center(length: number, window: number, cropStart: CropStart = 'even'): number {
  const room = length - window
  if (room < 0) return -Math.floor(-room / 2)
  return cropStart === 'floor' ? Math.floor(room / 2) : roundEven(room / 2)
}

function nearestMultiple(length: number, patch: number): number {
  return Math.max(1, Math.round(length / patch)) * patch
}

function assertMultiples({ width, height }: Size, patch: number, hint?: string): void {
  if ([width, height].every((side) => Number.isInteger(side) && side > 0 && side % patch === 0)) return
  const nearest = [width, height].map((side) => (Number.isFinite(side) && side > 0 ? nearestMultiple(side, patch) : patch))
  throw new DinokitError('size-invalid', `An input of ${width}x${height} does not divide into patches of ${patch}x${patch}.`, {
    given: `${width}x${height}`,
    expected: `sides that are multiples of ${patch}, such as ${nearest.join('x')}`,
    ...(hint && { hint }),
  })
}
