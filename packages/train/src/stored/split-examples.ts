import { DinokitError } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import type { ClassificationExamples } from '../index.ts'

/**
 * Parts examples in two, the same share of every class: the same parts for the same seed everywhere.
 *
 * @param groups - the class of each example; all the same where there are none
 * @param share - of what is held back, above 0 and below 1
 * @param seed - a whole number
 * @returns numbers of the examples that stay and of those that are held back; a class of two or more is in both
 */
export function splitByShare(
  groups: ArrayLike<number>,
  share: number,
  seed: number,
): { readonly rest: readonly number[]; readonly held: readonly number[] } {
  const members = new Map<number, number[]>()
  Array.from(groups).forEach((group, index) => members.set(group, [...(members.get(group) ?? []), index]))
  const [rest, held]: [number[], number[]] = [[], []]
  for (const [group, indices] of members) {
    const order = createRandom(seed, group).shuffle(indices)
    const most = Math.max(1, Math.min(order.length - 1, Math.round(share * order.length)))
    const count = order.length === 1 ? 0 : most
    held.push(...order.slice(0, count))
    rest.push(...order.slice(count))
  }
  return { rest: rest.sort((a, b) => a - b), held: held.sort((a, b) => a - b) }
}

/**
 * Refuses a part of the data that has no example of a class.
 *
 * @param examples - the part
 * @param name - of it, for the message
 * @throws DinokitError `label-invalid`
 */
export function assertEveryClass({ classes, labels }: ClassificationExamples, name: string): void {
  const found = new Set(labels)
  const missing = classes.filter((_, index) => !found.has(index))
  if (missing.length === 0) return
  throw new DinokitError('label-invalid', `The ${name} split has no image of ${missing.join(', ')}.`, {
    given: `${found.size} of ${classes.length} classes`,
    expected: 'images of every class',
    hint: 'Use another split, or give at least two images of each class.',
  })
}

/**
 * Refuses data that can’t be used for both training and evaluation: a class of one example.
 *
 * @param examples - all of them
 * @throws DinokitError `label-invalid`
 */
export function assertPairs({ classes, labels }: ClassificationExamples): void {
  const counts = classes.map((_, index) => labels.reduce((count, label) => count + Number(label === index), 0))
  const single = classes.filter((_, index) => counts[index]! < 2)
  if (single.length === 0) return
  throw new DinokitError('label-invalid', `There is one image only of ${single.join(', ')}.`, {
    given: `${classes.length - single.length} of ${classes.length} classes with two images or more`,
    expected: 'two images or more of every class',
    hint: 'Give more images of it, or leave it out.',
  })
}
