import { DinokitError } from '../contract/dinokit-error.ts'

/**
 * Refuses what is no sequence of sources.
 *
 * @param sources - as they were given
 * @param what - what they are called
 * @throws DinokitError `invalid-option`
 */
export function assertSources(sources: unknown, what = 'images'): void {
  const iterable = typeof sources === 'object' && sources !== null && (Symbol.asyncIterator in sources || Symbol.iterator in sources)
  if (iterable && !ArrayBuffer.isView(sources)) return
  throw new DinokitError('invalid-option', `The ${what} must be a list.`, {
    given: sources === null ? 'null' : ArrayBuffer.isView(sources) ? 'bytes' : typeof sources,
    expected: 'an array, or another iterable or async iterable',
    hint: 'Give a single one as [one].',
  })
}
