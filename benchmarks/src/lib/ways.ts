import { median } from './median.ts'

/** Images of a round: the ends of a stream, where not all cores have work, are to weigh little. */
export const IMAGES = 24

/** One way to do the same work. A round of it gives the milliseconds of each image, or of all together by their number. */
export type Way = readonly [name: string, round: () => Promise<readonly number[]>]

/**
 * Milliseconds an image of each way, medians over several rounds after one to warm up. The ways take turns, so that a machine
 * that slows down slows all of them.
 *
 * @param ways - by name
 * @param rounds - counted
 */
export async function takeTurns(ways: readonly Way[], rounds: number): Promise<Map<string, number>> {
  for (const [, round] of ways) await round()
  const times = new Map<string, number[]>(ways.map(([name]) => [name, []]))
  for (let count = 0; count < rounds; count++) for (const [name, round] of ways) times.get(name)!.push(...(await round()))
  return new Map([...times].map(([name, values]) => [name, median(values)]))
}

/**
 * A round that works on one item after the other, and gives the time of each.
 *
 * @param items - of one round
 * @param work - on one
 */
export function oneByOne<T>(items: readonly T[], work: (item: T) => Promise<unknown>): () => Promise<number[]> {
  return async () => {
    const times: number[] = []
    for (const item of items) times.push(...(await timed(1, () => work(item))))
    return times
  }
}

/**
 * A round that works on all its images together, and gives their time by their number.
 *
 * @param images - how many it looks at
 * @param work - on all of them
 */
export async function timed(images: number, work: () => Promise<unknown>): Promise<[number]> {
  const started = performance.now()
  await work()
  return [(performance.now() - started) / images]
}
