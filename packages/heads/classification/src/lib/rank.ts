import type { ClassInfo } from '@dinokit/head-kit'

/** A class and how likely it is. */
export interface ScoredClass extends ClassInfo {
  /** Its place among the logits. */
  readonly index: number
  /** 0 to 1; those of all the classes sum to 1. */
  readonly probability: number
}

/** The likeliest classes, the likeliest first; of equals the first. */
export function rank(probabilities: Float64Array, classes: readonly ClassInfo[], top: number): ScoredClass[] {
  return Array.from(probabilities, (probability, index) => ({ index, probability }))
    .sort((a, b) => b.probability - a.probability || a.index - b.index)
    .slice(0, top)
    .map((of) => ({ ...classes[of.index]!, ...of }))
}
