import { createRandom, DinokitError } from '@dinokit/core'
import type { ClassificationExamples } from '@dinokit/train'

/**
 * Some of the examples, in the order asked for.
 *
 * @param from - all of them
 * @param indices - which
 */
export function takeExamples(from: ClassificationExamples, indices: readonly number[]): ClassificationExamples {
  const rows = (data: Float32Array): Float32Array => {
    const width = data.length / from.labels.length
    const taken = new Float32Array(indices.length * width)
    indices.forEach((index, place) => taken.set(data.subarray(index * width, (index + 1) * width), place * width))
    return taken
  }
  return {
    ...from,
    labels: Int32Array.from(indices, (index) => from.labels[index]!),
    cls: rows(from.cls),
    ...(from.mean && { mean: rows(from.mean) }),
  }
}

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
  throw new DinokitError('label-invalid', `The ${name} split has no picture of ${missing.join(', ')}.`, {
    given: `${found.size} of ${classes.length} classes`,
    expected: 'pictures of every class',
    hint: 'Split otherwise, or give two pictures or more of each class.',
  })
}
