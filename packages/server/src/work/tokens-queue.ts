import type { InputSize, Tokens } from '@dinokit/core'
import type { ImageSource } from 'dinokit'
import type { BatchOptions, ServerLimits, ServerVision } from '../server-options.ts'
import { createBatcher, type Batcher, type Outcome } from './batcher.ts'

/** Image whose tokens are wanted. */
interface TokensItem {
  readonly image: ImageSource
  /** The model's input. Default: the vision's. */
  readonly size?: InputSize
}

/** Queue of images for one model. */
export interface TokensQueue extends Pick<Batcher<TokensItem, Tokens>, 'alone' | 'assertRoom' | 'waiting'> {
  /**
   * Returns the tokens of an image, which runs together with others of its size.
   *
   * @param item - image and size
   * @param signal - takes it out of the queue
   * @throws BusyError, the signal's reason, and the errors of `vision.embed`
   */
  tokens(item: TokensItem, signal: AbortSignal): Promise<Tokens>
}

/** Options of {@link createTokensQueue}. */
export interface TokensQueueOptions extends Pick<ServerLimits, 'waiting'>, BatchOptions {
  /** Told of each run: its number of images. */
  readonly onRun: (images: number) => void
}

/**
 * Makes the queue of a vision: images of many requests run as its streams do.
 *
 * @param vision - that computes
 * @param options - sizes of the queue and of batches
 */
export function createTokensQueue(
  vision: Pick<ServerVision, 'stream' | 'engine'>,
  { waiting, most = vision.engine.device === 'cpu' ? 1 : 8, withinMs = 5, atOnce = 4, onRun }: TokensQueueOptions,
): TokensQueue {
  const run = async (items: readonly TokensItem[], signal: AbortSignal): Promise<readonly Outcome<Tokens>[]> => {
    onRun(items.length)
    const { size } = items[0]!
    const options = { batch: items.length, signal, ...(size !== undefined && { size }) }
    const outcomes: Outcome<Tokens>[] = []
    for await (const { tokens, error } of vision.stream(
      items.map(({ image }) => image),
      options,
    ))
      outcomes.push(error ? { error } : { answer: tokens })
    return outcomes
  }
  const batcher = createBatcher<TokensItem, Tokens>({ most, withinMs, atOnce, waiting, run })
  return { ...batcher, tokens: (item, signal) => batcher.batched(JSON.stringify(item.size ?? null), item, signal) }
}
