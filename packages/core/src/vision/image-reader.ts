import { assertNotAborted } from '../checks/assert-not-aborted.ts'
import type { Backbone } from '../contract/backbone.ts'
import { DinokitError } from '../contract/dinokit-error.ts'
import type { Fingerprint } from '../contract/fingerprint.ts'
import type { View } from '../image/view.ts'
import type { Pixels } from '../image/pixels.ts'
import { planInput, planView, preprocessingId, type InputPlan, type InputSize } from '../image/plan-input.ts'
import { preprocess, stackPixels, type ModelInput } from '../image/preprocess.ts'
import { preprocessImage } from '../image/preprocess-image.ts'
import type { DecodeMode, DecodeOptions, Runtime, Timed } from '../contract/runtime.ts'
import type { Timing, Tokens } from '../contract/tokens.ts'
import type { EmbedOptions, HeadCallOptions, VisionOptions } from '../contract/vision.ts'
import type { ChannelReader } from './channel-reader.ts'
import type { BackboneSession } from './backbone-session.ts'
import { fingerprintOf } from './fingerprint-of.ts'
import { maskFor } from '../image/mask-for.ts'

/** View of an image that the model is given. */
interface Seen {
  /** A size, or `view` for what a head asked to see. */
  readonly size: InputSize | 'view'
  readonly flip?: boolean
  /** Whether the whole image was decoded, whatever the vision's way is. */
  readonly exact?: boolean
}

/** Purpose that images are read for, where that is all that follows: no more of them need be decoded. */
interface Reading extends Seen {
  readonly size: InputSize
  /** Whether it is one of many. */
  readonly many?: boolean
}

/** The way from an image to its tokens, step by step. */
export interface ImageReader<Source> {
  fingerprint(size?: InputSize): Fingerprint
  /** Decodes no more of an image than is needed, and makes it the model's input. */
  read(source: Source, options: HeadCallOptions, reading: Reading): Promise<Timed<ModelInput>>
  /** Decodes the whole of an image. */
  decode(source: Source, options: HeadCallOptions): Promise<Timed<Pixels>>
  /** Makes a decoded image the model's input. */
  input(decoded: Timed<Pixels>, size: InputSize): Timed<ModelInput>
  /** Makes a view of a decoded image the model's input. */
  inputOfView(decoded: Pixels, view: View): Timed<ModelInput>
  /** Runs inputs of one size and one padding. */
  run(inputs: readonly Timed<ModelInput>[], seen: Seen, options: EmbedOptions): Promise<Tokens[]>
}

/** Options of every image of a vision. */
interface ReaderOptions<Source> extends Pick<VisionOptions, 'decode' | 'pixelLimit' | 'stallMs'> {
  readonly size: InputSize
  /** Where the model takes another number of channels than three. */
  readonly channels?: ChannelReader<Source> | undefined
}

/** Makes the steps of one vision. */
export function createImageReader<Source>(
  runtime: Runtime<Source>,
  backbone: Backbone,
  session: BackboneSession,
  { decode: mode, pixelLimit, stallMs, size: defaultSize, channels }: ReaderOptions<Source>,
): ImageReader<Source> {
  const { card } = backbone
  const { preprocessing } = card
  const { patch, pooling } = card.architecture
  // Without a class token `cls` is the mean already.
  const kind = pooling === 'mean' ? undefined : card.embedding
  const fast = mode === 'fast' && !channels ? 'fast-' : ''
  const reading = (signal: AbortSignal | undefined): DecodeOptions => ({
    ...(pixelLimit !== undefined && { pixelLimit }),
    ...(stallMs !== undefined && { stallMs }),
    ...(signal && { signal }),
  })
  const timed = (pixels: Pixels, plan: () => InputPlan, decode: number): Timed<ModelInput> => {
    const started = performance.now()
    return { ...(channels ?? { preprocess }).preprocess(pixels, plan()), decode, preprocess: performance.now() - started }
  }
  const decode = async (source: Source, { signal }: HeadCallOptions): Promise<Timed<Pixels>> => {
    assertNotAborted(signal)
    const started = performance.now()
    const pixels = await (channels ?? runtime).decodeImage(source, reading(signal))
    return { ...pixels, decode: performance.now() - started, preprocess: 0 }
  }
  return {
    fingerprint: (size = defaultSize) => fingerprintOf(backbone, fast + preprocessingId(preprocessing, size)),
    async read(source, { signal }, { size, flip = false, many = false }) {
      assertNotAborted(signal)
      const options = { ...reading(signal), size, flip, many, preprocessing, patch, ...(mode === 'fast' && { decode: mode }) }
      if (channels) {
        const pixels = await decode(source, options)
        return timed(pixels, () => planInput(pixels, options), pixels.decode)
      }
      return runtime.preprocessImage ? runtime.preprocessImage(source, options) : preprocessImage(runtime, source, options)
    },
    decode,
    input: (pixels, size) => timed(pixels, () => planInput(pixels, { size, preprocessing, patch }), pixels.decode),
    inputOfView: (pixels, view) => timed(pixels, () => planView(pixels, view, { preprocessing, patch }), 0),
    async run(inputs, { size, flip = false, exact = false }, { mask, pixels = false, signal }) {
      const { pixels: first, padding } = inputs[0]!
      const { width, height } = first
      const grid = [height / patch, width / patch] as const
      const masks = maskFor(session.masks(), mask, inputs.length, grid)
      const fingerprint = fingerprintOf(backbone, `${flip ? 'mirrored-' : ''}${exact ? '' : fast}${preprocessingId(preprocessing, size)}`)
      // Of most models it is the class token, and nothing more is loaded.
      const embed = kind && (await import('../tokens/embedding-of.ts')).embeddingOf
      const started = performance.now()
      const results = await session.run({ pixels: stackPixels(inputs.map((input) => input.pixels)), mask: masks, padding, grid }, signal)
      const elapsed = (performance.now() - started) / inputs.length
      return results.map((tokens, index) => {
        const { pixels: input, placement, decode, preprocess } = inputs[index]!
        const timing: Timing = { decode, preprocess, run: elapsed }
        return {
          ...tokens,
          embedding: embed ? embed(kind, tokens) : tokens.cls,
          placement,
          fingerprint,
          timing,
          ...(pixels && { pixels: input }),
        }
      })
    },
  }
}

/**
 * Refuses what is no way to decode.
 *
 * @throws DinokitError `invalid-option`
 */
export function assertDecodeMode(mode: DecodeMode = 'exact'): void {
  if (mode !== 'exact' && mode !== 'fast')
    throw new DinokitError('invalid-option', `The option decode is ${String(mode)}.`, { given: mode, expected: 'exact, fast' })
}
