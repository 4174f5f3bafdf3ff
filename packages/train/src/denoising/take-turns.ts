import type { Trainer } from '../step/create-trainer.ts'

/**
 * One trainer of several that train the same parameters, each on inputs of its own: the state goes from one to the next. It
 * disposes of them.
 *
 * @param trainers - of the same parameters, optimizer and batches of an update
 * @param turnOf - whose step is next, by the steps made so far
 */
export function takeTurns(trainers: readonly Trainer[], turnOf: (steps: number) => number): Trainer {
  let current = trainers[0]!
  const dispose = async (): Promise<void> => {
    for (const trainer of trainers) await trainer.dispose()
  }
  return {
    get state() {
      return current.state
    },
    accumulate: current.accumulate,
    step(batches, rates, options) {
      const next = trainers[turnOf(current.state.steps)]!
      if (next !== current) next.resume(current.state)
      current = next
      return next.step(batches, rates, options)
    },
    resume(state) {
      current.resume(state)
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  }
}
