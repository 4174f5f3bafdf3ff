import { DinokitError } from '../contract/dinokit-error.ts'

/** Refuses invalid counts. */
export function assertStreamOptions(batch: number, ahead: number): void {
  for (const [name, value, least] of [
    ['batch', batch, 1],
    ['ahead', ahead, batch],
  ] as const) {
    if (Number.isInteger(value) && value >= least) continue
    throw new DinokitError('invalid-option', `The option ${name} is ${value}.`, {
      given: String(value),
      expected: `a whole number of at least ${least}`,
    })
  }
}
