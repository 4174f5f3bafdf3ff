/** What keeps calls of a worker from waiting for ever once it has died. */
export interface Lifeline {
  /**
   * What becomes of the work, or the failure where that comes first.
   *
   * @param work - that the worker does
   */
  hold<T>(work: Promise<T>): Promise<T>
  /**
   * Rejects whatever is held, and will be.
   *
   * @param cause - why
   */
  cut(cause: Error): void
}

/**
 * Makes the lifeline of a worker. `Promise.race` with a promise that lives as long as the worker would do the same, but that
 * promise would keep the outcome of every race.
 */
export function createLifeline(): Lifeline {
  const held = new Set<(cause: Error) => void>()
  let failure: Error | undefined
  return {
    hold: (work) =>
      new Promise((resolve, reject) => {
        held.add(reject)
        void work.then(resolve, reject).finally(() => held.delete(reject))
        if (failure) reject(failure)
      }),
    cut(cause) {
      failure = cause
      for (const reject of held) reject(cause)
    },
  }
}
