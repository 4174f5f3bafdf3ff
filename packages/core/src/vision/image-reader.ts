import { assertNotAborted } from '../checks/assert-not-aborted.ts'
import type { Backbone } from '../contract/backbone.ts'
import type { Fingerprint } from '../contract/fingerprint.ts'
import type { View } from '../image/view.ts'
import type { Pixels } from '../image/pixels.ts'
import { prepare, prepareView, preprocessingId, stackPixels, type InputSize, type ModelInput } from '../image/prepare.ts'
import { prepareImage } from '../image/prepare-image.ts'
import type { DecodeOptions, PreparedImage, Runtime } from '../contract/runtime.ts'
import type { Timing, Tokens } from '../contract/tokens.ts'
import type { EmbedOptions, HeadCallOptions, VisionOptions } from '../contract/vision.ts'
import type { BackboneSession } from './backbone-session.ts'
import { fingerprintOf } from './fingerprint-of.ts'
import { maskFor } from '../image/mask-for.ts'

/** An image that is ready for the model. */
export interface Prepared extends PreparedImage {
  /** Name of its preprocessing for the fingerprint. */
  readonly preprocessing: string
}

/** Purpose that images are read for, where that is all that follows: no more of them need be decoded. */
interface Reading {
  readonly size: InputSize
  readonly flip?: boolean
  /** Whether it is one of many. */
  readonly many?: boolean
}

/** The way from an image to its tokens, step by step. */
export interface ImageReader<Source> {
  fingerprint(size?: InputSize): Fingerprint
  /** Decodes an image and makes it ready. */
  read(source: Source, options: HeadCallOptions, reading: Reading): Promise<Prepared>
  /** Decodes the whole of an image. */
  decode(source: Source, options: HeadCallOptions): Promise<Decoded>
  prepare(decoded: Decoded, size: InputSize): Prepared
  prepareView(decoded: Decoded, view: View): Prepared
  /** Runs images of one size and one padding. */
  run(images: readonly Prepared[], options: EmbedOptions): Promise<Tokens[]>
}

/** A decoded image, and how long that took. */
export interface Decoded {
  readonly pixels: Pixels
  readonly elapsed: number
}

/** Options of every image of a vision. */
interface ReaderOptions extends Pick<VisionOptions, 'pixelLimit' | 'stallMs'> {
  readonly size: InputSize
}

/** Makes the steps of one vision. */
export function createImageReader<Source>(
  runtime: Runtime<Source>,
  backbone: Backbone,
  session: BackboneSession,
  { pixelLimit, stallMs, size: defaultSize }: ReaderOptions,
): ImageReader<Source> {
  const { card } = backbone
  const { preprocessing } = card
  const { patch } = card.architecture
  const reading = (signal: AbortSignal | undefined): DecodeOptions => ({
    ...(pixelLimit !== undefined && { pixelLimit }),
    ...(stallMs !== undefined && { stallMs }),
    ...(signal && { signal }),
  })
  const finish = (make: () => ModelInput, size: InputSize | 'view', decode: number): Prepared => {
    const started = performance.now()
    return { ...make(), preprocessing: preprocessingId(preprocessing, size), decode, prepare: performance.now() - started }
  }
  return {
    fingerprint: (size = defaultSize) => fingerprintOf(backbone, preprocessingId(preprocessing, size)),
    async read(source, { signal }, { size, flip = false, many = false }) {
      assertNotAborted(signal)
      const options = { ...reading(signal), size, flip, many, preprocessing, patch }
      const prepared = await (runtime.prepareImage ? runtime.prepareImage(source, options) : prepareImage(runtime, source, options))
      return { ...prepared, preprocessing: `${flip ? 'mirrored-' : ''}${preprocessingId(preprocessing, size)}` }
    },
    async decode(source, { signal }) {
      assertNotAborted(signal)
      const started = performance.now()
      const pixels = await runtime.decodeImage(source, reading(signal))
      return { pixels, elapsed: performance.now() - started }
    },
    prepare: ({ pixels, elapsed }, size) => finish(() => prepare(pixels, { size, preprocessing, patch }), size, elapsed),
    prepareView: ({ pixels }, view) => finish(() => prepareView(pixels, view, { preprocessing, patch }), 'view', 0),
    async run(images, { mask, pixels = false, signal }) {
      const [{ pixels: first, padding }] = images as [Prepared]
      const { width, height } = first
      const grid = [height / patch, width / patch] as const
      const masks = maskFor(session.masks(), mask, images.length, grid)
      const started = performance.now()
      const results = await session.run(stackPixels(images.map((image) => image.pixels)), masks, padding, grid, signal)
      const elapsed = (performance.now() - started) / images.length
      return results.map((tokens, index) => {
        const { pixels: input, placement, preprocessing, decode, prepare } = images[index]!
        const timing: Timing = { decode, prepare, run: elapsed }
        return { ...tokens, placement, fingerprint: fingerprintOf(backbone, preprocessing), timing, ...(pixels && { pixels: input }) }
      })
    },
  }
}
