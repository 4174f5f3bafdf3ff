import { median } from './median.ts'

/** One way to do the same work: a round of it takes so many milliseconds a picture. */
export type Way = readonly [name: string, round: () => Promise<number>]

/**
 * Milliseconds a picture of each way, medians of several rounds after one to warm up. The ways take turns, so that a machine
 * that slows down slows all of them.
 *
 * @param ways - by name
 * @param rounds - counted
 */
export async function takeTurns(ways: readonly Way[], rounds: number): Promise<Map<string, number>> {
  for (const [, round] of ways) await round()
  const times = new Map<string, number[]>(ways.map(([name]) => [name, []]))
  for (let count = 0; count < rounds; count++) for (const [name, round] of ways) times.get(name)!.push(await round())
  return new Map([...times].map(([name, values]) => [name, median(values)]))
}

/**
 * A round that works on one item after the other.
 *
 * @param items - of one round
 * @param work - on one
 */
export function oneByOne<T>(items: readonly T[], work: (item: T) => Promise<unknown>): () => Promise<number> {
  return () =>
    timed(items.length, async () => {
      for (const item of items) await work(item)
    })
}

/**
 * Milliseconds that some work takes for each of its pictures.
 *
 * @param pictures - how many it looks at
 * @param work - on all of them
 */
export async function timed(pictures: number, work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / pictures
}
