/** Group of calls that fail together once their worker has died. */
export interface AbortGroup {
  /**
   * Waits for the work, or for the group's failure where that comes first.
   *
   * @param work - that the worker does
   */
  race<T>(work: Promise<T>): Promise<T>
  /**
   * Rejects whatever is held, and will be.
   *
   * @param cause - why
   */
  fail(cause: Error): void
}

/**
 * Makes the abortGroup of a worker. `Promise.race` with a promise that lives as long as the worker would do the same, but that
 * promise would keep the outcome of every race.
 */
export function createAbortGroup(): AbortGroup {
  const held = new Set<(cause: Error) => void>()
  let failure: Error | undefined
  return {
    race: (work) =>
      new Promise((resolve, reject) => {
        held.add(reject)
        void work.then(resolve, reject).finally(() => held.delete(reject))
        if (failure) reject(failure)
      }),
    fail(cause) {
      failure = cause
      for (const reject of held) reject(cause)
    },
  }
}
