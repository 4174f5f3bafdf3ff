import { unwrapResult } from '@dinokit/runtime-kit'
import { transfer } from 'comlink'
import type { OrtModel, OrtSession, OrtStart } from '../engine/ort-session.ts'
import { createOutputLedger, type OutputLedger } from './output-ledger.ts'
import type { SessionWorker } from './session-worker.ts'
import { startWorker, type StartedWorker } from './start-worker.ts'

/** Where the sessions of one runtime live: one worker, which loads the engine once for all of them. */
export interface SessionHost {
  /** Starts the worker, and loads the engine in it. It ends by itself where no session is made within some seconds. */
  warmUp(start: OrtStart): void
  /**
   * Makes a session in the worker, which is started for the first and ended with the last.
   *
   * @param model - its weights change hands and are empty here afterwards
   * @param start - how the engine is to work
   * @param signal - gives up
   * @throws DinokitError `session-failed`, `out-of-memory`, `aborted`
   */
  create(model: OrtModel, start: OrtStart, signal?: AbortSignal): Promise<HostedSession>
  /** Ends the worker where it waits for a session. */
  cool(): void
}

/** A session in a worker, and the ledger of the sessions that share that worker. */
interface HostedSession {
  readonly session: OrtSession
  readonly ledger: OutputLedger
}

/** Time for which a worker without a session waits for one. */
const WARM_MS = 10_000

interface Host {
  readonly worker: StartedWorker<SessionWorker>
  readonly ledger: OutputLedger
  /** Sessions that live there or are being made. */
  sessions: number
}

/** Makes a host; no worker is started yet. */
export function createSessionHost(): SessionHost {
  let shared: Host | undefined
  const forget = (host: Host): void => {
    if (shared === host) shared = undefined
  }
  const enter = (): Host => {
    const host = (shared ??= {
      worker: startWorker<SessionWorker>(
        () => new Worker(new URL('./session-worker.ts', import.meta.url), { type: 'module', name: 'dinokit-sessions' }),
        () => forget(host),
      ),
      ledger: createOutputLedger(),
      sessions: 0,
    })
    host.sessions++
    return host
  }
  const enterOrNot = (): Host | undefined => {
    try {
      return enter()
    } catch {
      // Whoever makes a session is told.
      return undefined
    }
  }
  const leave = (host: Host): void => {
    if (--host.sessions > 0) return
    host.worker.end()
    forget(host)
  }
  let warm: { readonly host: Host; readonly timer: ReturnType<typeof setTimeout> } | undefined
  const cool = (): void => {
    if (!warm) return
    clearTimeout(warm.timer)
    leave(warm.host)
    warm = undefined
  }
  return {
    cool,
    warmUp(start) {
      if (shared) return
      const host = enterOrNot()
      if (!host) return
      warm = { host, timer: setTimeout(cool, WARM_MS) }
      void host.worker.call((remote) => remote.load(start)).catch(() => {})
    },
    async create(model, start, signal) {
      const host = enter()
      cool()
      const { worker, ledger } = host
      const buffers = model.weights ? [model.weights.data.buffer as ArrayBuffer] : []
      const making = worker.call((remote) => remote.create(transfer(model, buffers), start))
      const end = async (id: number): Promise<void> => {
        // The last one ends with the worker, which gives all of the memory back; one that died has nothing left to release.
        if (host.sessions > 1) await worker.call((remote) => remote.release(id)).catch(() => {})
        leave(host)
      }
      try {
        const about = unwrapResult(await worker.call(() => making, signal))
        const run: OrtSession['run'] = async (feeds, keep) => unwrapResult(await worker.call((remote) => remote.run(about.id, feeds, keep)))
        return { session: { ...about, run, release: () => end(about.id) }, ledger }
      } catch (error) {
        // A session that is still being made for nobody is released once it is there, unless the worker can end at once.
        if (host.sessions === 1) leave(host)
        else
          void making.then(
            ({ value }) => (value ? end(value.id) : leave(host)),
            () => leave(host),
          )
        throw error
      }
    },
  }
}
