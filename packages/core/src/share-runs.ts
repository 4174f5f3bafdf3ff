import type { BareSession } from './guard-session.ts'

/** Runs that must have overlapped in a row before replicas are worth their making, each of which takes as long as some runs. */
const CROWD = 4

/** What of a session may be several. */
export type Runner = Pick<BareSession, 'run' | 'release'>

/**
 * Shares runs that overlap among replicas of a session. A lone run is soonest done by all the threads together; of many,
 * each is cheapest on few threads, which seldom wait for each other. So the first session has all of them and does what
 * comes alone, and once runs keep coming while others are under way, replicas on a share of the threads each are made in
 * the background and take those.
 *
 * @param first - the session on all threads
 * @param another - makes a replica; where one can't be made, the first goes on taking its share
 * @param most - replicas to be made, 2 or more
 * @returns the same, for whoever runs it; releasing it releases every replica
 */
export function shareRuns(first: Runner, another: () => Promise<Runner>, most: number): Runner {
  const whole = { session: first, running: 0 }
  const replicas: (typeof whole)[] = []
  let growing = true
  let making: Promise<void> | undefined
  let crowd = 0
  const grow = async (): Promise<void> => {
    try {
      while (growing && replicas.length < most) replicas.push({ session: await another(), running: 0 })
    } catch {
      growing = false
    }
  }
  return {
    async run(feeds) {
      const all = [whole, ...replicas]
      crowd = all.some(({ running }) => running > 0) ? crowd + 1 : 0
      if (crowd >= CROWD) making ??= grow()
      const among = crowd === 0 ? [whole] : replicas.length === most ? replicas : all
      const idlest = among.reduce((a, b) => (b.running < a.running ? b : a))
      idlest.running++
      try {
        return await idlest.session.run(feeds)
      } finally {
        idlest.running--
      }
    },
    async release() {
      growing = false
      await making
      await Promise.all([whole, ...replicas].map(({ session }) => session.release()))
    },
  }
}
