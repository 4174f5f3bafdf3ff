import { expect, test } from 'vitest'
import { watchStall } from './watch-stall.ts'

test('counts no silence while the thread is blocked, and tells of it afterwards', async () => {
  const watch = watchStall('https://models.test/model.bin', 2000)
  const end = Date.now() + 2500
  while (Date.now() < end);
  // The timer that fell due in the meantime comes first, then whatever was waiting.
  await new Promise((resolve) => setTimeout(resolve, 0))
  expect(watch.error()).toBeUndefined()
  await expect.poll(() => watch.error()?.code, { timeout: 30_000 }).toBe('download-failed')
  expect(watch.signal.aborted).toBe(true)
})

test('keeps silent after its end', async () => {
  const watch = watchStall('https://models.test/model.bin', 1)
  watch.end()
  const other = watchStall('https://models.test/other.bin', 1)
  await expect.poll(() => other.error()?.code).toBe('download-failed')
  expect(watch.error()).toBeUndefined()
})
