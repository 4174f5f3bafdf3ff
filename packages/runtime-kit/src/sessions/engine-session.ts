import { assertNotAborted, DinokitError, type Engine, type Session, type AnyTensor } from '@dinokit/core'

/** A session as an engine has it. */
export interface EngineSession {
  readonly engine: Engine
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /**
   * Runs the graph once. Called again while runs are under way: they take turns or overlap, as the engine likes. Once the
   * signal aborts it may reject with `aborted` while the engine is still at it, and `release` is then called meanwhile.
   */
  run(feeds: Readonly<Record<string, AnyTensor>>, signal?: AbortSignal): Promise<Record<string, AnyTensor>>
  /** Frees everything. Called once, after the last run has ended or was cancelled. */
  release(): Promise<void>
}

/**
 * Makes a {@link Session} of an engine's own, with the contract's manners: refused once it is disposed of, freed after the
 * runs under way have ended, safe to dispose of twice.
 *
 * @param bare - the engine's
 */
export function wrapEngineSession(bare: EngineSession): Session {
  let disposed: Promise<void> | undefined
  const running = new Set<Promise<unknown>>()
  const dispose = (): Promise<void> => (disposed ??= Promise.allSettled(running).then(() => bare.release()))
  return {
    contract: 1,
    engine: bare.engine,
    inputs: bare.inputs,
    outputs: bare.outputs,
    async run(feeds, options) {
      if (disposed) throw new DinokitError('disposed', 'This session was disposed of.', { hint: 'Make a new one, or dispose later.' })
      assertNotAborted(options?.signal)
      const run = bare.run(feeds, options?.signal)
      running.add(run)
      return run.finally(() => running.delete(run))
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  }
}
