import type { AnyTensor } from '@dinokit/core'
import type { SessionThread } from './start-session-thread.ts'

/** Runs that must have waited before another replica is worth its making, which takes as long as some of them. */
const WAITS = 4

/** What of a {@link SessionThread} may be several. */
export type Replicas = Pick<SessionThread, 'run' | 'release'>

/**
 * Runs a session on several threads side by side where runs overlap: one run alone leaves cores idle whenever its own
 * threads wait for each other, and another fills them. Each replica has its own copy of the weights, so they are made one
 * by one, in the background, once runs have had to wait.
 *
 * @param first - the session as it is now
 * @param another - makes a replica; where it can't, there are as many as there are
 * @param most - replicas at the most, the first included
 * @returns the same, for whoever runs it; releasing it releases every replica
 */
export function replicate(first: SessionThread, another: () => Promise<SessionThread>, most: number): Replicas {
  const replicas = [{ thread: first, running: 0 }]
  let waits = 0
  let making: Promise<void> | undefined
  const grow = (): void => {
    if (making || replicas.length >= most || ++waits < WAITS) return
    waits = 0
    making = another().then(
      (thread) => {
        replicas.push({ thread, running: 0 })
        making = undefined
      },
      () => {
        most = replicas.length
        making = undefined
      },
    )
  }
  return {
    async run(feeds: Readonly<Record<string, AnyTensor>>) {
      const idlest = replicas.reduce((a, b) => (b.running < a.running ? b : a))
      if (idlest.running > 0) grow()
      idlest.running++
      try {
        return await idlest.thread.run(feeds)
      } finally {
        idlest.running--
      }
    },
    async release() {
      await making
      await Promise.all(replicas.map(({ thread }) => thread.release()))
    },
  }
}
