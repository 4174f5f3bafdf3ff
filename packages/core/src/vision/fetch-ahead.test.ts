import { expect, test } from 'vitest'
import { DinokitError } from '../contract/dinokit-error.ts'
import { fetchAhead, type FetchAheadOptions } from './fetch-ahead.ts'

/** Sources below 0 are fetched: they come when they are told to. */
function makeFetch(): {
  readonly asked: number[]
  readonly fetch: FetchAheadOptions<number>['fetch']
  come(source: number, error?: Error): void
} {
  const [asked, comes]: [number[], Map<number, (error?: Error) => void>] = [[], new Map()]
  return {
    asked,
    fetch: (source, signal) => {
      if (source >= 0) return undefined
      asked.push(source)
      return new Promise((resolve, reject) => {
        comes.set(source, (error) => (error ? reject(error) : resolve(-1000 * source)))
        signal.addEventListener('abort', () => reject(new DinokitError('aborted', 'The work was canceled.')))
      })
    },
    come: (source, error) => comes.get(source)!(error),
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

test('lets sources that are ready overtake those that are not', async () => {
  const { fetch, come } = makeFetch()
  const taken: unknown[] = []
  for await (const { index, source, at, error } of fetchAhead([1, -2, 3, -4, 5], { fetch, window: Infinity })) {
    taken.push([index, source, at ?? error.code])
    if (source === 5) come(-4)
    if (source === -4) come(-2, new TypeError('broken'))
  }
  expect(taken).toEqual([
    [0, 1, 1],
    [2, 3, 3],
    [4, 5, 5],
    [3, -4, 4000],
    [1, -2, 'internal'],
  ])
})

test('fetches 16 at once, and takes no more than the window beyond the oldest', async () => {
  const many = makeFetch()
  const fetching = fetchAhead(
    range(1, 40).map((n) => -n),
    { fetch: many.fetch, window: Infinity },
  )
  const first = fetching.next()
  await new Promise((done) => setTimeout(done, 20))
  expect(many.asked).toHaveLength(16)
  many.come(-7)
  expect((await first).value).toMatchObject({ index: 6, at: 7000 })
  await fetching.return()

  const { fetch, come } = makeFetch()
  const taken: number[] = []
  let pulled = 0
  const sources = function* (): Generator<number> {
    for (const n of [-1, ...range(1, 30)]) {
      pulled++
      yield n
    }
  }
  const windowed = fetchAhead(sources(), { fetch, window: 8 })
  for (let i = 0; i < 7; i++) taken.push((await windowed.next()).value!.index)
  const next = windowed.next()
  await new Promise((done) => setTimeout(done, 20))
  expect([taken, pulled]).toEqual([range(1, 7), 8])
  come(-1)
  expect((await next).value).toMatchObject({ index: 0 })
  for await (const { index } of windowed) taken.push(index)
  expect(taken).toEqual(range(1, 30))
})

test('throws a source’s error after the images before it, and ends fetching on abort', async () => {
  const { fetch, come } = makeFetch()
  const taken: number[] = []
  const failing = async (): Promise<void> => {
    const sources = function* (): Generator<number> {
      yield -1
      yield 2
      throw new RangeError('no more')
    }
    for await (const { index } of fetchAhead(sources(), { fetch, window: Infinity })) {
      taken.push(index)
      come(-1)
    }
  }
  await expect(failing()).rejects.toThrow('no more')
  expect(taken).toEqual([1, 0])

  const abort = new AbortController()
  const codes: (string | undefined)[] = []
  const { fetch: silent } = makeFetch()
  setTimeout(() => abort.abort(), 5)
  for await (const { error } of fetchAhead([-1, -2], { fetch: silent, window: Infinity, signal: abort.signal })) codes.push(error?.code)
  expect(codes).toEqual(['aborted', 'aborted'])
})
