import { DinokitError } from '../contract/dinokit-error.ts'
import type { DecodeOptions, Runtime } from '../contract/runtime.ts'
import type { assertPixels, isPixels, Pixels } from '../image/pixels.ts'
import type { InputPlan } from '../image/plan-input.ts'
import type { ModelInput, preprocess } from '../image/preprocess.ts'

/** Channels of the images that all else is made for. */
const COLORS = 3

/** Image preparation for a model that takes another number of channels than three. */
export interface ChannelReader<Source> {
  /**
   * Reads the whole of an image: pixels of that many channels or, for a model of one channel, an image without color.
   *
   * @throws DinokitError `image-unsupported` for an image of another kind, and those of `decodeImage`
   */
  decodeImage(source: Source, options: DecodeOptions): Promise<Pixels>
  /** Makes it the model's input: each channel has the bits that it has in an image of three. */
  preprocess(pixels: Pixels, plan: InputPlan): ModelInput
}

/** Functions for images of three channels. They are passed in: an import of them here would split the file that a page loads first. */
export interface ColorSteps {
  readonly assertPixels: typeof assertPixels
  readonly isPixels: typeof isPixels
  readonly preprocess: typeof preprocess
}

/**
 * Makes the image preparation for a model of any number of channels. This file is loaded where there is such a model.
 *
 * @param runtime - decodes image files
 * @param model - id of its card, for messages, and the number of channels that it takes
 * @param steps - for images of three channels
 */
export function createChannelReader<Source>(
  runtime: Pick<Runtime<Source>, 'decodeImage'>,
  { id: model, channels }: { readonly id: string; readonly channels: number },
  { assertPixels, isPixels, preprocess }: ColorSteps,
): ChannelReader<Source> {
  return {
    async decodeImage(source, options) {
      // What a page shows as ImageData is RGBA.
      if (isPixels(source) && !(source.data instanceof Uint8ClampedArray)) {
        assertPixels(source, options.pixelLimit, channels)
        return source
      }
      const gray = channels === 1 ? grayOf(await runtime.decodeImage(source, options)) : undefined
      return gray ?? refuse(model, channels)
    },
    preprocess(pixels, plan) {
      const parts = Array.from({ length: Math.ceil(channels / COLORS) }, (_, index) => {
        const color = plan.fill.color.slice(index * COLORS, (index + 1) * COLORS)
        return preprocess(threeOf(pixels, channels, index * COLORS), { ...plan, fill: { ...plan.fill, color } })
      })
      return { ...parts[0]!, pixels: joined(parts, channels) }
    },
  }
}

/** One channel of an image whose three are equal: Pillow's `convert('L')` of it. Undefined for any other. */
function grayOf({ data, width, height }: Pixels): Pixels | undefined {
  const gray = new Uint8Array(width * height)
  for (let pixel = 0, from = 0; pixel < gray.length; pixel++, from += COLORS) {
    const value = data[from]!
    if (value !== data[from + 1] || value !== data[from + 2]) return undefined
    gray[pixel] = value
  }
  return { data: gray, width, height, channels: 1 }
}

function refuse(model: string, channels: number): never {
  const one = channels === 1
  throw new DinokitError(
    'image-unsupported',
    one ? `${model} takes gray images, and this one has colors.` : `${model} takes images of ${channels} channels, and image files have 3.`,
    {
      given: one ? 'an image with colors' : 'an image file, or what a page shows',
      expected: `${one ? 'an image without color, or ' : ''}{ data, width, height, channels: ${channels} }, data a Uint8Array [height][width][${channels}]`,
      hint: 'Read the samples with a program that knows your images, and give them in the library.',
    },
  )
}

/** Three channels from a first one as an image; 0 where there are no more. */
function threeOf({ data, width, height }: Pixels, channels: number, first: number): Pixels {
  const three = new Uint8Array(width * height * COLORS)
  for (let channel = first; channel < Math.min(first + COLORS, channels); channel++) {
    for (let from = channel, to = channel - first; from < data.length; from += channels, to += COLORS) three[to] = data[from]!
  }
  return { data: three, width, height }
}

/** All channels in one again. */
function joined(parts: readonly ModelInput[], channels: number): Pixels {
  const { width, height, unrounded } = parts[0]!.pixels
  const join = <Values extends Uint8Array | Float32Array>(all: Values, valuesOf: (pixels: Pixels) => Values): Values => {
    for (let channel = 0; channel < channels; channel++) {
      const part = valuesOf(parts[Math.floor(channel / COLORS)]!.pixels)
      for (let from = channel % COLORS, to = channel; to < all.length; from += COLORS, to += channels) all[to] = part[from]!
    }
    return all
  }
  const length = width * height * channels
  const data = join(new Uint8Array(length), (pixels) => pixels.data)
  return { data, width, height, channels, ...(unrounded && { unrounded: join(new Float32Array(length), (pixels) => pixels.unrounded!) }) }
}
