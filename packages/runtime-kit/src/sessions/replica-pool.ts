import type { EngineSession } from './engine-session.ts'

/**
 * So many more runs must have overlapped than came alone before replicas are worth their making, each of which takes as long
 * as some runs; and so many must come alone before a load is over.
 */
const LOAD = 4

/** Part of a session that may be several. */
export type Runner = Pick<EngineSession, 'run' | 'release'>

/**
 * Shares runs that overlap among replicas of a session. A lone run is soonest done by all the threads together; of many,
 * each is cheapest on few threads, which seldom wait for each other. So the first session has all of them and does what
 * comes alone, and once runs keep coming while others are under way, replicas on a share of the threads each are made in
 * the background and take those.
 *
 * @param first - the session on all threads
 * @param another - makes a replica on so many threads, unless its signal says that none is wanted any more; where one can't be made, the first goes on taking its share
 * @param replicas - how many, at the most; as many as there are threads suffice
 * @param threads - how many there are in all
 * @returns the same, for whoever runs it; releasing it releases every replica. The first itself where one replica or none
 *   would be made
 */
export function createReplicaPool(
  first: Runner,
  another: (threads: number, signal: AbortSignal) => Promise<Runner>,
  replicas: number,
  threads: number,
): Runner {
  const most = Math.min(replicas, threads)
  if (most < 2) return first
  const whole = { session: first, running: 0 }
  const made: (typeof whole)[] = []
  const growing = new AbortController()
  let making: Promise<void> | undefined
  let load = 0
  const grow = async (): Promise<void> => {
    try {
      while (!growing.signal.aborted && made.length < most)
        made.push({ session: await another(Math.floor(threads / most), growing.signal), running: 0 })
    } catch {
      growing.abort()
    }
  }
  return {
    async run(feeds, signal) {
      const all = [whole, ...made]
      load = all.some(({ running }) => running > 0) ? Math.min(load + 1, LOAD) : Math.max(load - 1, 0)
      if (load === LOAD) making ??= grow()
      const among = load === 0 ? [whole] : made.length === most ? made : all
      const idlest = among.reduce((a, b) => (b.running < a.running ? b : a))
      idlest.running++
      try {
        return await idlest.session.run(feeds, signal)
      } finally {
        idlest.running--
      }
    },
    async release() {
      growing.abort()
      await making
      await Promise.all([whole, ...made].map(({ session }) => session.release()))
    },
  }
}
