import type { AssetReference } from './asset-reference.ts'
import type { OutputRequest, OwnHead } from './backbone.ts'
import type { Fingerprint } from './fingerprint.ts'
import type { View } from '../image/view.ts'
import type { ModelCard } from '../cards/model-card.ts'
import type { InputSize } from '../image/plan-input.ts'
import type { OnProgress } from './progress.ts'
import type { Size } from '../image/size.ts'
import type { Runtime } from './runtime.ts'
import type { Tokens } from './tokens.ts'

/**
 * A head: an answer computed from tokens. One backbone pass serves any number of heads. Factories return heads as object
 * literals; a head owns nothing until it is attached, and may be attached any number of times.
 *
 * @typeParam Options - of one call: an interface whose properties are all optional
 * @typeParam Result - plain data: named values with units, maps of the source image's pixels ({@link PixelMap})
 */
export interface Head<Options = object, Result = unknown> {
  readonly contract: 1
  /** Names it in messages. */
  readonly name: string
  /**
   * Says why it can't serve a model, as far as can be said before anything is loaded.
   *
   * @returns a sentence; undefined where it can
   */
  incompatibility?(card: ModelCard): string | undefined
  /**
   * Brings it to a model: reads its weights, makes its session, says what it needs of the backbone. What it opened it
   * closes again where this fails.
   *
   * @throws DinokitError `model-unsupported`, `fingerprint-mismatch`, `head-unknown`, `tensor-missing`, `tensor-invalid`,
   *   `checkpoint-invalid`, and those of the runtime
   */
  attach(host: HeadHost): Promise<AttachedHead<Options, Result>> | AttachedHead<Options, Result>
}

/** Host of a head: the model it is to serve, and the platform. They stay the host's. */
export interface HeadHost {
  readonly card: ModelCard
  /** Fingerprint of the tokens that it will be given; how images were prepared may differ from call to call. */
  readonly fingerprint: Fingerprint
  /** Whether a head that was made for another precision may read them. Default false. */
  readonly allowPrecision?: boolean
  /** Heads that come with the model, by `task/name`, such as `depth/nyu-linear`. */
  readonly heads: Readonly<Record<string, AssetReference | OwnHead>>
  /** Makes sessions and finds files. */
  readonly runtime: HeadRuntime
  /** Cancels the loading. */
  readonly signal?: AbortSignal
  /** Told how a download proceeds. */
  readonly onProgress?: OnProgress
  /** Told what there is to say of a head that fits all the same, a sentence each. */
  readonly onNote?: (note: string) => void
}

/** Part of a runtime that a head may use. */
export type HeadRuntime = Pick<Runtime, 'createSession' | 'statPath' | 'readAsset'>

/** Outputs that a head may need of a backbone beside the final tokens: CLS, registers and patches are always there. */
export type HeadNeeds = Omit<OutputRequest, 'masks'>

/** A head that serves a model. Whoever attached it disposes of it; disposing twice is safe. */
export interface AttachedHead<Options = object, Result = unknown> {
  /** Outputs that it needs of the backbone beside the final tokens. */
  readonly needs: HeadNeeds
  /** The input that suits it where nobody says otherwise, such as the whole image for a map; or what says it of an image's upright size. */
  readonly size?: InputSize | ((source: Size) => InputSize)
  /**
   * Answers for the tokens of one image. It must leave them as they are; the result belongs to the caller. Calls may
   * overlap.
   *
   * @param tokens - with everything that it needs
   * @param options - of this call; `{}` where none were given
   * @param context - more views of the image, cancellation
   */
  answer(tokens: Tokens, options: Options, context: AnswerContext): Promise<Result> | Result
  /** Frees what it holds. Called after the last answer; calling twice is safe. */
  dispose?(): Promise<void> | void
}

/** Context of an answer beside the tokens. */
export interface AnswerContext {
  /**
   * Embeds another view of the image: mirrored, larger, or a part of it. One more backbone pass each. Undefined where only
   * tokens are at hand, such as stored ones.
   */
  readonly embedView?: (view: View) => Promise<Tokens>
  /** Cancels the work. */
  readonly signal?: AbortSignal
}
