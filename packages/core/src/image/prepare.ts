import { DinokitError } from '../contract/dinokit-error.ts'
import type { View } from './view.ts'
import type { Preprocessing } from '../cards/model-card.ts'
import { resizePart, windowNeeded, type ResizedWindow } from './resample/resize-part.ts'
import type { ImagePart } from './image-part.ts'
import type { Pixels } from './pixels.ts'
import type { Placement } from './placement.ts'
import type { Size } from './size.ts'
import { tensor, type Tensor } from '../contract/tensor.ts'
import type { Window } from './window.ts'

/**
 * Size of the model's input. Every side must be a multiple of the patch.
 *
 * - a number N: the reference's evaluation transform for an N x N input. The shorter side is resized to N * 256 / 224
 *   (the card's `shortest / crop`), then the center is cropped.
 * - a size: the whole image, resized to it.
 * - `{ shortest: N }`: the whole image, its shorter side brought to N, but the longer one to no more than 4 N, each to
 *   the nearest multiple of the patch: what dense tasks take where images may be of any size.
 * - `native`: the whole image, resized to the nearest multiples of the patch.
 * - `pad`: the whole image as it is, padded at the center to the next multiples of the patch by the card's mean
 *   color, which the network sees as zero (as CenterPadding does in facebookresearch/dinov2, dinov2/eval/depth).
 * - `source`: the image as it is; its sides must be multiples of the patch already.
 */
export type InputSize = number | Size | { readonly shortest: number } | 'native' | 'pad' | 'source'

/** Options of {@link prepare}. */
export interface PrepareOptions {
  /** The model's input. Default: the crop of `preprocessing`. */
  readonly size?: InputSize
  readonly preprocessing: Preprocessing
  /** Side of a patch in pixels. */
  readonly patch: number
  /** Where the pixels lie in the image, where they are no more of it than what {@link sourceWindow} tells. Default: all of it. */
  readonly part?: ImagePart
  /** Mirror the input from left to right. Default false. */
  readonly flip?: boolean
}

/** An image made ready for a model. */
export interface ModelInput {
  /** The model's input. */
  readonly pixels: Pixels
  /** Where it lies in the source image. */
  readonly placement: Placement
  /** Part of the input that is padded with the mean color, where there is any. */
  readonly padding?: Padding
}

/**
 * Rows and columns of an input that are padding. They have the mean color, as far as bytes can say it; the network is to
 * see exactly zero there, as the reference's does, which pads after the mean was subtracted.
 */
export interface Padding {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/**
 * Makes a decoded image a model's input, bit for bit as the reference does (Pillow and torchvision).
 *
 * @param pixels - the image
 * @param options - the input's size, the card's preprocessing and patch
 * @throws DinokitError `size-invalid` where a side of the input would not be a positive multiple of the patch
 */
export function prepare(pixels: Pixels, options: PrepareOptions): ModelInput {
  const { preprocessing, flip = false, part = wholeOf(pixels) } = options
  const prepared = cut(pixels, place(part.source, options), preprocessing, options.size === 'pad', part)
  return flip ? mirrored(prepared) : prepared
}

/**
 * The window of an image that {@link prepare} reads: the rest need not be at hand.
 *
 * @param source - size of the image
 * @param options - as for `prepare`
 * @throws DinokitError `size-invalid` as `prepare`
 */
export function sourceWindow(source: Size, options: Omit<PrepareOptions, 'flip' | 'part'>): Window {
  const placement = place(source, options)
  return windowNeeded(source, resizedWindow(placement, options.preprocessing))
}

function wholeOf({ width, height }: Pixels): ImagePart {
  return { source: { width, height }, left: 0, top: 0 }
}

/**
 * Makes any window of any size of an image a model's input. What lies outside the image gets the mean color.
 *
 * @param pixels - the image
 * @param view - the window, and whether it is mirrored
 * @param options - the card's preprocessing and patch
 * @throws DinokitError `size-invalid` where a side of the input is no positive multiple of the patch
 */
export function prepareView(
  pixels: Pixels,
  { placement, flip = false }: View,
  { preprocessing, patch }: Omit<PrepareOptions, 'size' | 'flip' | 'part'>,
): ModelInput {
  assertMultiples(placement.input, patch)
  const { width, height } = pixels
  const prepared = cut(pixels, { source: { width, height }, ...placement }, preprocessing, true, wholeOf(pixels))
  return flip ? mirrored(prepared) : prepared
}

function mirrored({ pixels, placement, padding }: ModelInput): ModelInput {
  return {
    pixels: mirror(pixels),
    placement,
    ...(padding && { padding: { ...padding, left: padding.right, right: padding.left } }),
  }
}

/** Takes a window of an image; what lies outside is padded by the mean color, or black as torchvision's crop has it. */
function cut(pixels: Pixels, placement: Placement, preprocessing: Preprocessing, byMean: boolean, part: ImagePart): ModelInput {
  const { left, top, input } = placement
  const seen = resizePart(pixels, part, resizedWindow(placement, preprocessing))
  if (seen.width === input.width && seen.height === input.height) return { pixels: seen, placement }
  const [before, above] = [Math.max(-left, 0), Math.max(-top, 0)]
  const padded = pad(seen, input, before, above, byMean ? meanColor(preprocessing) : [0, 0, 0])
  const padding = { left: before, top: above, right: input.width - before - seen.width, bottom: input.height - above - seen.height }
  return { pixels: padded, placement, ...(byMean && { padding }) }
}

/** Computes the window of the resized image that the input shows. */
function resizedWindow({ resized, left, top, input }: Placement, { filter }: Preprocessing): ResizedWindow {
  const window = {
    left: Math.max(left, 0),
    top: Math.max(top, 0),
    width: Math.min(input.width, resized.width - Math.max(left, 0)),
    height: Math.min(input.height, resized.height - Math.max(top, 0)),
  }
  return { size: resized, filter, window }
}

/**
 * The mean color in bytes: what padding is filled with.
 *
 * @param preprocessing - of the card
 */
export function meanColor({ mean }: Pick<Preprocessing, 'mean'>): number[] {
  return mean.map((value) => Math.round(value * 255))
}

/** From left to right. */
function mirror({ data, width, height }: Pixels): Pixels {
  const mirrored = new Uint8Array(data.length)
  for (let to = 0; to < data.length; to += 3) {
    const column = (to / 3) % width
    const from = to + 3 * (width - 1 - 2 * column)
    for (let channel = 0; channel < 3; channel++) mirrored[to + channel] = data[from + channel]!
  }
  return { data: mirrored, width, height }
}

/**
 * Names a way to prepare images for a fingerprint, such as `shortest256-crop224-bicubic`.
 *
 * @param preprocessing - of the card
 * @param size - of the input; `look` for what a head asked to see
 */
export function preprocessingId(preprocessing: Preprocessing, size: InputSize | 'view' = preprocessing.crop): string {
  const { filter, mean, std } = preprocessing
  const colors = `mean${mean.join(',')}-std${std.join(',')}`
  const transform = ((): string => {
    if (size === 'pad' || size === 'source' || size === 'view') return size
    if (size === 'native') return `native-${filter}`
    if (typeof size === 'number') return `shortest${shortestFor(preprocessing, size)}-crop${size}-${filter}`
    if ('shortest' in size) return `whole${size.shortest}-${filter}`
    return `resize${size.width}x${size.height}-${filter}`
  })()
  return `${transform}-${colors}`
}

/**
 * Puts images of one size into one tensor.
 *
 * @param images - at least one, all of one size
 * @returns [batch][height][width][3]; a view where there is only one
 * @throws DinokitError `size-invalid` where sizes differ
 */
export function stackPixels(images: readonly Pixels[]): Tensor<'uint8'> {
  const { width, height, data } = images[0]!
  const shape = [images.length, height, width, 3]
  if (images.length === 1) return tensor('uint8', data, shape)
  const stacked = new Uint8Array(images.length * data.length)
  images.forEach((image, index) => {
    if (image.width !== width || image.height !== height) {
      throw new DinokitError('size-invalid', 'Images of one batch differ in size.', {
        given: `${image.width}x${image.height}`,
        expected: `${width}x${height}`,
      })
    }
    stacked.set(image.data, index * data.length)
  })
  return tensor('uint8', stacked, shape)
}

/** Largest ratio of the longer side to the shorter one. */
const LONGEST_SIDES = 4

function place(source: Size, { size, preprocessing, patch }: PrepareOptions): Placement {
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
  const resized = shortestTo(source, shortestFor(preprocessing, wanted))
  return { source: whole.source, resized, left: center(resized.width, wanted), top: center(resized.height, wanted), input }
}

function shortestFor({ shortest, crop }: Preprocessing, size: number): number {
  return Math.round((size * shortest) / crop)
}

/** torchvision's Resize of the shorter side: the longer one is cut to a whole number. */
function shortestTo({ width, height }: Size, shortest: number): Size {
  const longer = Math.trunc((shortest * Math.max(width, height)) / Math.min(width, height))
  return width <= height ? { width: shortest, height: longer } : { width: longer, height: shortest }
}

/** Start of the window: torchvision's CenterCrop rounds half to even, and pads by the smaller half first. */
function center(length: number, window: number): number {
  const room = length - window
  if (room < 0) return -Math.floor(-room / 2)
  const half = Math.floor(room / 2)
  return room % 2 === 0 || half % 2 === 0 ? half : half + 1
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

function pad(pixels: Pixels, size: Size, left: number, top: number, color: readonly number[]): Pixels {
  const data = new Uint8Array(size.width * size.height * 3)
  if (color.some((value) => value > 0)) for (let i = 0; i < data.length; i++) data[i] = color[i % 3]!
  const stride = pixels.width * 3
  for (let y = 0; y < pixels.height; y++) {
    data.set(pixels.data.subarray(y * stride, (y + 1) * stride), ((top + y) * size.width + left) * 3)
  }
  return { data, ...size }
}
