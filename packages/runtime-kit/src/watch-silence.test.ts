import { expect, test } from 'vitest'
import { watchSilence } from './watch-silence.ts'

test('tells of silence once, later where something was heard, and never after the end', async () => {
  const told: string[] = []
  const ended = watchSilence(1, () => told.push('ended'))
  ended.end()
  const later = watchSilence(1, () => told.push('later'))
  later.heard(2)
  watchSilence(1, () => told.push('first'))
  await expect.poll(() => told, { timeout: 30_000 }).toEqual(['first', 'later'])
})
