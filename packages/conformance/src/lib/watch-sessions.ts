import type { HeadRuntime } from '@dinokit/core'

/** A runtime that counts the sessions that were made and not disposed of yet. */
export function watchSessions(runtime: HeadRuntime): { readonly runtime: HeadRuntime; readonly alive: () => number } {
  const alive = new Set<object>()
  return {
    alive: () => alive.size,
    runtime: {
      statPath: (path) => runtime.statPath(path),
      readAsset: (reference, options) => runtime.readAsset(reference, options),
      async createSession(model, options) {
        const session = await runtime.createSession(model, options)
        alive.add(session)
        const dispose = (): Promise<void> => {
          alive.delete(session)
          return session.dispose()
        }
        return { ...session, dispose, [Symbol.asyncDispose]: dispose }
      },
    },
  }
}
