import { createSession } from '#runtime'
import type { SessionMaker } from '../step/create-trainer.ts'

/**
 * Makes a runtime that cancels while one of its runs is under way.
 *
 * @param run - which of all runs of its sessions, from 1
 */
export function canceledIn(run: number): { readonly runtime: SessionMaker; readonly signal: AbortSignal } {
  const controller = new AbortController()
  let runs = 0
  return {
    signal: controller.signal,
    runtime: {
      async createSession(model) {
        const session = await createSession(model)
        return {
          ...session,
          run(feeds, given) {
            const running = session.run(feeds, given)
            if (++runs === run) controller.abort()
            return running
          },
        }
      },
    },
  }
}
