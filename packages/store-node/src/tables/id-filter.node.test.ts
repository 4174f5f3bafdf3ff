import { expect, test } from 'vitest'
import { createIdFilter } from './id-filter.ts'

test('finds every id that was added; of 100,000 others beside 200,000, hardly one', () => {
  const filter = createIdFilter()
  for (let i = 0; i < 200_000; i++) filter.add(`photos/${i}.jpg`)
  for (let i = 0; i < 200_000; i++) if (!filter.mayHave(`photos/${i}.jpg`)) expect.unreachable(`photos/${i}.jpg was forgotten`)
  let wrong = 0
  for (let i = 200_000; i < 300_000; i++) if (filter.mayHave(`photos/${i}.jpg`)) wrong++
  expect(wrong).toBeLessThan(20)
})
