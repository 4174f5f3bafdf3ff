import { assertNotAborted, DinokitError, type Engine, type Session, type AnyTensor } from '@dinokit/core'

/** A session as an engine has it. */
export interface EngineSession {
  readonly engine: Engine
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /**
   * Runs the graph once. Called again while runs are under way: they take turns or overlap, as the engine likes. Whoever
   * waits is told of the signal by {@link wrapEngineSession}; an engine that rejects with `aborted` itself, while it is still
   * at it, is released meanwhile.
   */
  run(feeds: Readonly<Record<string, AnyTensor>>, signal?: AbortSignal): Promise<Record<string, AnyTensor>>
  /** Frees everything. Called once, after the last run has ended or was canceled. */
  release(): Promise<void>
}

/**
 * Makes a {@link Session} of an engine's own, with the contract's manners: refused once it is disposed of, freed after the
 * runs under way have ended, safe to dispose of twice; a run that is canceled is not waited for.
 *
 * @param bare - the engine's
 */
export function wrapEngineSession(bare: EngineSession): Session {
  let disposed: Promise<void> | undefined
  const running = new Set<Promise<unknown>>()
  const dispose = (): Promise<void> => (disposed ??= Promise.allSettled(running).then(() => bare.release()))
  return {
    contract: 1,
    get engine() {
      return bare.engine
    },
    inputs: bare.inputs,
    outputs: bare.outputs,
    async run(feeds, options) {
      if (disposed) throw new DinokitError('disposed', 'This session was disposed of.', { hint: 'Make a new one, or dispose later.' })
      assertNotAborted(options?.signal)
      const run = bare.run(feeds, options?.signal)
      running.add(run)
      void run.catch(() => {}).finally(() => running.delete(run))
      return unlessAborted(run, options?.signal)
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  }
}

/** Waits for the work, or rejects with `aborted` at once where the signal aborts first. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const abandon = (): void => reject(new DinokitError('aborted', 'The work was canceled.', { cause: signal.reason }))
    signal.addEventListener('abort', abandon)
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abandon))
  })
}
