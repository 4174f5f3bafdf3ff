import type { OutputRequest } from './backbone.ts'
import type { DinokitError } from './dinokit-error.ts'
import type { Fingerprint } from './fingerprint.ts'
import type { Head, HeadRuntime } from './head.ts'
import type { DecodeMode, Engine, HashOptions } from './runtime.ts'
import type { ModelCard } from '../cards/model-card.ts'
import type { InputSize } from '../image/plan-input.ts'
import type { OnProgress } from './progress.ts'
import type { Tensor } from './tensor.ts'
import type { Tokens } from './tokens.ts'

/** Options of a {@link Vision}: its outputs, and how it prepares images. One session serves every size. */
export interface VisionOptions<Heads extends HeadMap = NoHeads> extends OutputRequest {
  /** The model's input, unless a call says otherwise. Default: the card's crop, such as 224. */
  readonly size?: InputSize
  /**
   * Way to decode the images of `embed` and `stream`; what heads look at is decoded exactly. `fast` shows in fingerprints, as a
   * preprocessing of its own. Default `exact`.
   */
  readonly decode?: DecodeMode
  /** Heads by the names that they are to have: `vision.heads.NAME(image)`. What they need is given beside the outputs above. */
  readonly heads?: Heads
  /** Images of more pixels than this are refused before they are decoded. Default 100,000,000. */
  readonly pixelLimit?: number
  /** Milliseconds without a byte after which the address of an image counts as dead. Default 30,000. */
  readonly stallMs?: number
  /**
   * Whether heads and stores of another precision are taken, such as those of float32 with int8; `onNote` is told. Default false.
   */
  readonly allowPrecision?: boolean
  /** Told how a download proceeds. */
  readonly onProgress?: OnProgress
  /** Told what there is to say of what works all the same, such as a head that was made with weights in 16 bits. A sentence each. */
  readonly onNote?: (note: string) => void
  /** Cancels the loading. */
  readonly signal?: AbortSignal
}

/** Heads by name. */
export type HeadMap = Readonly<Record<string, Head>>

/** The heads of a vision that has none. */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- a record without names is just that
export type NoHeads = Readonly<Record<never, Head>>

/** Options of one call of a head. */
export type HeadOptionsOf<Each> = Each extends Head<infer Options> ? Options : never

/** Result of a head. */
export type HeadResultOf<Each> = Each extends Head<never, infer Result> ? Result : never

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

/** Options of a head's call, beside the head's own. */
export type HeadCallOptions = Pick<EmbedOptions, 'size' | 'signal'>

/** One head's answer for an image, or for tokens that are there already. */
export type HeadCall<Source, Each> = (
  image: Source | Tokens,
  options?: HeadOptionsOf<Each> & HeadCallOptions,
) => Promise<HeadResultOf<Each>>

/** Options of {@link Vision.analyze}. */
export interface AnalyzeOptions<Heads extends HeadMap> extends EmbedOptions {
  /** Options of each head, by its name. */
  readonly heads?: { readonly [Name in keyof Heads]?: HeadOptionsOf<Heads[Name]> }
}

/** Answers of all the heads for one image. */
export interface Analysis<Heads extends HeadMap> {
  readonly tokens: Tokens
  /** Outcomes by the heads' names. */
  readonly heads: { readonly [Name in keyof Heads]: HeadOutcome<HeadResultOf<Heads[Name]>> }
}

/** Outcome of one head. */
export type HeadOutcome<Result> =
  { readonly result: Result; readonly error?: never } | { readonly result?: never; readonly error: DinokitError }

/** Options of {@link Vision.stream}. */
export interface StreamOptions extends Omit<EmbedOptions, 'mask'> {
  /** Images of one run, where consecutive ones have inputs of one size. Default 1, on a GPU 8. */
  readonly batch?: number
  /**
   * Images that are decoded and resized ahead of the model, beside the two runs that are handed to it. They bound the
   * memory. Default 4, on a GPU 32, at least `batch`.
   */
  readonly ahead?: number
  /**
   * Mirror inputs from left to right: column 0 of the tokens is then the input’s right edge, and the fingerprint’s
   * preprocessing says `mirrored`. Default false.
   */
  readonly flip?: boolean
  /**
   * Hand images out in the order of their sources. Either way the work goes on behind one whose bytes are yet to come; with
   * false it is handed out after those, as soon as it is there. Default true.
   */
  readonly ordered?: boolean
}

/** Outcome of one image of a stream. */
export type StreamItem<Source> =
  | { readonly index: number; readonly source: Source; readonly tokens: Tokens; readonly error?: never }
  | { readonly index: number; readonly source: Source; readonly tokens?: never; readonly error: DinokitError }

/**
 * A model ready to look at images. Whoever opened it disposes of it; disposing twice is safe.
 *
 * @typeParam Source - what the runtime can decode
 * @typeParam Heads - its heads by name
 */
export interface Vision<Source, Heads extends HeadMap = NoHeads> {
  readonly card: ModelCard
  /** Whether heads and stores of another precision are taken. Default false. */
  readonly allowPrecision?: boolean
  /** Engine that it runs on. */
  readonly engine: Engine
  /** Runtime that makes its sessions and reads its files: for other networks on the same engine, such as trainings of heads. */
  readonly runtime: HeadRuntime
  /**
   * Each head as a function: of an image, which is one backbone pass (and further ones where the head's options ask for
   * other views of it), or of tokens, which is none. Without a size of the call's or of the vision's, the head's own
   * suits it best and is taken.
   *
   * They throw what {@link Vision.embed} throws, `fingerprint-mismatch` for tokens of another model, `tensor-missing`
   * for tokens without what the head needs, and `head-failed`.
   */
  readonly heads: { readonly [Name in keyof Heads]: HeadCall<Source, Heads[Name]> }
  /**
   * Returns the fingerprint that marks tokens of this model.
   *
   * @param size - of the input; default: the vision's
   */
  fingerprint(size?: InputSize): Fingerprint
  /**
   * sha256 of an image’s file: {@link Runtime.hashImage}. Undefined where the runtime makes none.
   *
   * @throws DinokitError those of {@link Runtime.hashImage}
   */
  readonly hashImage?: (source: Source, options?: HashOptions) => Promise<string>
  /**
   * Looks at one image. The tokens hold what the heads need, too.
   *
   * @throws DinokitError of {@link Runtime.decodeImage}, `size-invalid`, `tensor-invalid` for a mask that does not fit,
   *   `session-failed`, `disposed`, `aborted`
   */
  embed(source: Source, options?: EmbedOptions): Promise<Tokens>
  /**
   * Looks at one image once, and asks every head. A head that fails is reported in its place.
   *
   * @throws DinokitError as {@link Vision.embed}; never for one head
   */
  analyze(source: Source, options?: AnalyzeOptions<Heads>): Promise<Analysis<Heads>>
  /**
   * Looks at many images: decoding, resizing and inference overlap, memory stays bounded, the order is kept unless
   * `ordered` is false, and an image that fails is reported in its place. Up to 16 addresses are fetched at once, and none
   * holds up the work on the 64 behind it.
   *
   * @throws DinokitError `disposed`, `aborted`, and what `sources` itself throws; never for one image
   */
  stream<Each extends Source>(
    sources: Iterable<Each> | AsyncIterable<Each>,
    options?: StreamOptions,
  ): AsyncGenerator<StreamItem<Each>, void, undefined>
  /**
   * Adds heads. Where they need outputs that the session does not give, a new session replaces it once runs under way have
   * ended; until then both are in memory.
   *
   * @param heads - by name
   * @returns this vision, which knows them now
   * @throws DinokitError `invalid-option` for a name that is taken, `output-unavailable`, and those of {@link openHead};
   *   none of the heads is added then
   */
  add<More extends HeadMap>(heads: More): Promise<Vision<Source, Heads & More>>
  /**
   * Takes heads away and disposes of them, after answers under way have ended. The session goes on giving what they needed.
   *
   * @param names - of the heads
   * @returns this vision, without them
   * @throws DinokitError `invalid-option` for a name that no head has
   */
  remove<Name extends keyof Heads & string>(...names: Name[]): Promise<Vision<Source, Omit<Heads, Name>>>
  /**
   * Ends the heads and the session, and closes the model's files, after work under way has ended; and the runtime, where that
   * is the vision's own, as `open` has it.
   */
  dispose(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
