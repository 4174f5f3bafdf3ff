import type { OutputRequest } from './backbone.ts'
import type { DinokitError } from './dinokit-error.ts'
import type { Fingerprint } from './fingerprint.ts'
import type { Engine } from './runtime.ts'
import type { ModelCard } from './model-card.ts'
import type { InputSize } from './prepare.ts'
import type { Tensor } from './tensor.ts'
import type { Tokens } from './tokens.ts'

/** What a {@link Vision} is to give, and how it prepares pictures. Outputs are chosen once: one session serves every size. */
export interface VisionOptions extends OutputRequest {
  /** The model's input, unless a call says otherwise. Default: the card's crop, such as 224. */
  readonly size?: InputSize
  /** Pictures of more pixels than this are refused before they are decoded. Default 100,000,000. */
  readonly pixelLimit?: number
  /** Cancels the loading. */
  readonly signal?: AbortSignal
}

/** Options of {@link Vision.embed}. */
export interface EmbedOptions {
  /** The model's input. Default: the vision's. */
  readonly size?: InputSize
  /** [rows][columns], 1 where the mask token replaces the patch. The vision must have been opened with `masks`. */
  readonly mask?: Tensor<'bool'>
  /** Give the model's input too, as `tokens.pixels`. Default false. */
  readonly pixels?: boolean
  /** Cancels the work. */
  readonly signal?: AbortSignal
}

/** Options of {@link Vision.stream}. */
export interface StreamOptions extends Omit<EmbedOptions, 'mask'> {
  /** Pictures of one run, where consecutive ones have inputs of one size. Default 1. */
  readonly batch?: number
  /**
   * Pictures that are decoded and resized ahead of the model, beside the two runs that are handed to it. They bound the
   * memory. Default 4, at least `batch`.
   */
  readonly ahead?: number
}

/** What became of one picture of a stream. */
export type StreamItem<Source> =
  | { readonly index: number; readonly source: Source; readonly tokens: Tokens; readonly error?: never }
  | { readonly index: number; readonly source: Source; readonly tokens?: never; readonly error: DinokitError }

/**
 * A model ready to look at pictures. Whoever opened it disposes of it; disposing twice is safe.
 *
 * @typeParam Source - what the runtime can decode
 */
export interface Vision<Source> {
  readonly card: ModelCard
  /** What it runs on. */
  readonly engine: Engine
  /**
   * What tokens of this model are marked with.
   *
   * @param size - of the input; default: the vision's
   */
  fingerprint(size?: InputSize): Fingerprint
  /**
   * Looks at one picture.
   *
   * @throws DinokitError of {@link Runtime.decodeImage}, `size-invalid`, `tensor-invalid` for a mask that does not fit,
   *   `session-failed`, `disposed`, `aborted`
   */
  embed(source: Source, options?: EmbedOptions): Promise<Tokens>
  /**
   * Looks at many pictures: decoding, resizing and inference overlap, memory stays bounded, the order is kept, and a
   * picture that fails is reported in its place.
   *
   * @throws DinokitError `disposed`, `aborted`, and what `sources` itself throws; never for one picture
   */
  stream<Each extends Source>(
    sources: Iterable<Each> | AsyncIterable<Each>,
    options?: StreamOptions,
  ): AsyncGenerator<StreamItem<Each>, void, undefined>
  /** Ends the session and closes the model's files, after work under way has ended. */
  dispose(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
