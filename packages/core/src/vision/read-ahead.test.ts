import { expect, test } from 'vitest'
import { readAhead } from './read-ahead.ts'

async function collect<T>(groups: AsyncIterable<T[]>): Promise<T[]> {
  const all: T[] = []
  for await (const group of groups) all.push(...group)
  return all
}

const later = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

test('keeps the order, whoever is ready first', async () => {
  const work = async (n: number): Promise<number> => later(n % 3 === 0 ? 10 : 1).then(() => n)
  expect(
    await collect(
      readAhead(
        Array.from({ length: 20 }, (_, n) => n),
        work,
        { batch: 3, ahead: 5 },
      ),
    ),
  ).toEqual(Array.from({ length: 20 }, (_, n) => n))
})

test('hands out what is ready while the source keeps the next one waiting, also the first of all', async () => {
  let release = (): void => {}
  const held = new Promise<void>((done) => (release = done))
  const sources = async function* (): AsyncGenerator<number> {
    yield 1
    await held
    yield 2
  }
  const taken: number[] = []
  for await (const group of readAhead(sources(), async (n) => n, { batch: 2, ahead: 4 })) {
    taken.push(...group)
    release()
  }
  expect(taken).toEqual([1, 2])
})

test('has at most `ahead` results waiting', async () => {
  let begun = 0
  let taken = 0
  let most = 0
  const work = async (n: number): Promise<number> => {
    begun++
    most = Math.max(most, begun - taken)
    return n
  }
  for await (const group of readAhead(
    Array.from({ length: 50 }, (_, n) => n),
    work,
    { batch: 2, ahead: 4 },
  )) {
    taken += group.length
    await later(1)
  }
  // Those of the group in the consumer's hands are taken when it asks for the next.
  expect(most).toBeLessThanOrEqual(4 + 2)
})

test('gives what is ready before the failure of its sources', async () => {
  const seen: number[] = []
  async function* sources(): AsyncGenerator<number> {
    yield 1
    yield 2
    throw new Error('the folder vanished')
  }
  await expect(
    (async () => {
      for await (const group of readAhead(sources(), async (n) => n, { batch: 1, ahead: 1 })) seen.push(...group)
    })(),
  ).rejects.toThrow('the folder vanished')
  expect(seen).toEqual([1, 2])
})

test('ends its sources when the consumer leaves', async () => {
  let ended = false
  async function* sources(): AsyncGenerator<number> {
    try {
      for (let n = 0; ; n++) yield n
    } finally {
      ended = true
    }
  }
  for await (const group of readAhead(sources(), async (n) => n, { batch: 1, ahead: 3 })) if (group[0] === 2) break
  expect(ended).toBe(true)
})
