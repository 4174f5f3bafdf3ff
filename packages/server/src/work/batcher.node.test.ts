import { expect, test } from 'vitest'
import { BusyError } from '../status-of.ts'
import { createBatcher, type Batcher } from './batcher.ts'

const never = new AbortController().signal

/** A batcher whose groups wait until they are let go. */
function held(options: { most?: number; atOnce?: number; waiting?: number; withinMs?: number } = {}): {
  batcher: Batcher<string, string>
  runs: string[][]
  go: () => void
  signals: AbortSignal[]
} {
  const runs: string[][] = []
  const signals: AbortSignal[] = []
  const waiting: (() => void)[] = []
  const batcher = createBatcher<string, string>({
    most: 3,
    withinMs: 5,
    atOnce: 1,
    waiting: 4,
    ...options,
    async run(items, signal) {
      runs.push([...items])
      signals.push(signal)
      await new Promise<void>((done) => waiting.push(done))
      return items.map((item) => (item === 'bad' ? { error: new Error('bad') } : { answer: item.toUpperCase() }))
    },
  })
  return { batcher, runs, signals, go: () => waiting.shift()?.() }
}

test('runs items of one group together, at most so many, and each with its own outcome', async () => {
  const { batcher, runs, go } = held()
  const first = ['a', 'b', 'c'].map((item) => batcher.batched('x', item, never))
  const bad = expect(batcher.batched('x', 'bad', never)).rejects.toThrow('bad')
  const other = batcher.batched('y', 'd', never)
  go()
  expect(await Promise.all(first)).toEqual(['A', 'B', 'C'])
  await expect.poll(() => runs.length).toBe(2)
  go()
  await bad
  await expect.poll(() => runs.length).toBe(3)
  go()
  expect([await other, runs]).toEqual(['D', [['a', 'b', 'c'], ['bad'], ['d']]])
})

test('does jobs alone, in their turn', async () => {
  const { batcher, runs, go } = held({ most: 1 })
  const first = batcher.batched('x', 'a', never)
  const job = batcher.alone(async () => runs.length, never)
  const second = batcher.batched('x', 'b', never)
  go()
  expect([await first, await job]).toEqual(['A', 1])
  await expect.poll(() => runs.length).toBe(2)
  go()
  expect(await second).toBe('B')
})

test('refuses what comes when too many wait, and says when to come again', async () => {
  const { batcher, go } = held({ most: 1, waiting: 2 })
  const taken = ['a', 'b', 'c'].map((item) => batcher.batched('x', item, never))
  const error = await batcher.batched('x', 'd', never).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(BusyError)
  expect((error as BusyError).retryAfter).toBeGreaterThanOrEqual(1)
  for (const each of taken) {
    go()
    await each
  }
  expect(batcher.waiting()).toBe(0)
  batcher.assertRoom()
})

test('lets who has gone leave the queue, and ends a run for which nobody waits', async () => {
  const { batcher, runs, signals, go } = held({ most: 1 })
  const gone = new AbortController()
  const first = expect(batcher.batched('x', 'a', gone.signal)).rejects.toThrow('gone')
  const second = expect(batcher.batched('x', 'b', gone.signal)).rejects.toThrow('gone')
  const third = batcher.batched('x', 'c', never)
  gone.abort(new Error('gone'))
  await Promise.all([first, second])
  expect([signals[0]!.aborted, batcher.waiting()]).toEqual([true, 1])
  go()
  await expect.poll(() => runs.length).toBe(2)
  go()
  expect([await third, runs]).toEqual(['C', [['a'], ['c']]])
})
