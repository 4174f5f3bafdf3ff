import { DinokitError } from '../contract/dinokit-error.ts'
import { tensor, type Tensor } from '../contract/tensor.ts'
import { planInput, type InputPlan, type PreprocessOptions } from './plan-input.ts'
import { arrangePixels, type Pixels } from './pixels.ts'
import type { Placement } from './placement.ts'
import { runResize } from './resample/plan-resize.ts'

/** An image made ready for a model. */
export interface ModelInput {
  /** The model's input. */
  readonly pixels: Pixels
  /** Place of the input in the source image. */
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
 * @param pixels - the image; of a plan, the region that it names will do
 * @param how - what {@link planInput} or {@link planView} planned, or what `planInput` takes
 * @throws DinokitError `size-invalid` where a side of the input would not be a positive multiple of the patch, or where the
 *   pixels are not of the plan
 */
export function preprocess(pixels: Pixels, how: PreprocessOptions | InputPlan): ModelInput {
  const plan = 'resize' in how ? how : planInput(pixels, how)
  const { placement, flip } = plan
  const seen = runResize(pixels, plan.resize)
  const { width, height } = placement.input
  const input = seen.width === width && seen.height === height ? { pixels: seen, placement } : padded(seen, plan)
  return flip ? mirrored(input) : input
}

/** Fills what lies outside the image. */
function padded(seen: Pixels, { placement, fill }: InputPlan): ModelInput {
  const { left, top, input } = placement
  const [before, above] = [Math.max(-left, 0), Math.max(-top, 0)]
  const padding = { left: before, top: above, right: input.width - before - seen.width, bottom: input.height - above - seen.height }
  const pixels = pad(seen, padding, fill.color)
  return { pixels, placement, ...(fill.isMean && { padding }) }
}

function mirrored({ pixels, placement, padding }: ModelInput): ModelInput {
  return {
    pixels: mirror(pixels),
    placement,
    ...(padding && { padding: { ...padding, left: padding.right, right: padding.left } }),
  }
}

/** From left to right. */
function mirror(pixels: Pixels): Pixels {
  const { width } = pixels
  return arrangePixels(pixels, pixels, (result, values) => {
    for (let to = 0; to < values.length; to += 3) {
      const column = (to / 3) % width
      const from = to + 3 * (width - 1 - 2 * column)
      for (let channel = 0; channel < 3; channel++) result[to + channel] = values[from + channel]!
    }
  })
}

/** Images in one tensor, 0-255, [batch][height][width][channels]: bytes, or floats where the card's `resampler` is `torchvision-unrounded`. */
export type PixelTensor = Tensor<'uint8'> | Tensor

/**
 * Puts images of one size into one tensor.
 *
 * @param images - at least one, all of one size
 * @returns [batch][height][width][channels], floats where the images have them
 * @throws DinokitError `size-invalid` where sizes differ
 */
export function stackPixels(images: readonly Pixels[]): PixelTensor {
  const bytes = stackBytes(images)
  if (!images[0]!.unrounded) return bytes
  const floats = Float32Array.from(bytes.data)
  images.forEach(({ unrounded = [], data }, index) => floats.set(unrounded, index * data.length))
  return tensor('float32', floats, bytes.shape)
}

/**
 * Puts the bytes of images of one size into one tensor: what networks are trained on.
 *
 * @param images - at least one, all of one size
 * @returns [batch][height][width][channels]; a view where there is only one
 * @throws DinokitError `size-invalid` where sizes differ
 */
export function stackBytes(images: readonly Pixels[]): Tensor<'uint8'> {
  const { width, height, data, channels = 3 } = images[0]!
  const shape = [images.length, height, width, channels]
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

function pad(pixels: Pixels, { left, top, right, bottom }: Padding, color: readonly number[]): Pixels {
  const size = { width: left + pixels.width + right, height: top + pixels.height + bottom }
  const stride = pixels.width * 3
  return arrangePixels(pixels, size, (result, values) => {
    if (color.some((value) => value > 0)) for (let i = 0; i < result.length; i++) result[i] = color[i % 3]!
    for (let y = 0; y < pixels.height; y++) {
      result.set(values.subarray(y * stride, (y + 1) * stride), ((top + y) * size.width + left) * 3)
    }
  })
}
