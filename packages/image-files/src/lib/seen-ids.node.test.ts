import { expect, test } from 'vitest'
import { createSeenIds } from './seen-ids.ts'

test('knows each id that it has seen, and no other, as a set does', () => {
  const [seen, expected] = [createSeenIds(), new Set<string>()]
  const wrong = Array.from({ length: 30_000 }, (_, round) => `photos/${(round * 7919) % 20_011}.jpg`).filter((id) => {
    const isNew = !expected.has(id)
    expected.add(id)
    return seen.add(id) !== isNew
  })
  expect(wrong).toEqual([])
  expect(seen.size).toBe(expected.size)
  expect([seen.add(''), seen.add(''), seen.add('\u00c5'), seen.add('A\u030a')]).toEqual([true, false, true, true])
})
