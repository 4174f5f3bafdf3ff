import type { ModelCard } from './model-card.ts'
import type { OutputRequest } from './backbone.ts'
import type { Tokens } from './tokens.ts'

/**
 * A head: an answer computed from tokens. One backbone pass serves any number of heads. Factories return heads as
 * object literals; whoever made a head disposes of it.
 *
 * @typeParam Options - of one call
 * @typeParam Result - named values in the source picture's pixels, with units
 */
export interface Head<Options = undefined, Result = unknown> {
  readonly contract: 1
  /** Names it in messages. */
  readonly name: string
  /**
   * What it needs of a backbone.
   *
   * @throws DinokitError `model-unsupported` with the reason where it does not fit the model
   */
  needs(card: ModelCard): OutputRequest
  /** Answers for the tokens of one picture. */
  run(tokens: Tokens, options?: Options): Promise<Result>
  /** Frees what it holds. Disposing twice is safe. */
  dispose(): Promise<void>
}
