import { DinokitError } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'

/**
 * Parts examples in folds of about equal size, each with about the same share of every class: the same folds for the same
 * seed everywhere.
 *
 * @param labels - the class of each example
 * @param folds - how many; no more than there are examples
 * @param seed - a whole number
 * @returns numbers of the examples of each fold, in order
 * @throws DinokitError `invalid-option` for fewer than two folds
 */
export function stratifiedFolds(labels: ArrayLike<number>, folds: number, seed: number): number[][] {
  const count = Math.min(folds, labels.length)
  if (!Number.isInteger(count) || count < 2) {
    throw new DinokitError('invalid-option', `${labels.length} examples can’t be split into ${folds} folds.`, {
      given: `${folds} folds`,
      expected: 'two folds or more, of two examples or more',
    })
  }
  const members = new Map<number, number[]>()
  Array.from(labels).forEach((label, index) => members.set(label, [...(members.get(label) ?? []), index]))
  const parts: number[][] = Array.from({ length: count }, () => [])
  // Each class goes on where the one before it ended: no fold gets all the remainders.
  let place = 0
  for (const [label, indices] of members)
    for (const index of createRandom(seed, label).shuffle(indices)) parts[place++ % count]!.push(index)
  return parts.map((part) => part.sort((a, b) => a - b))
}
