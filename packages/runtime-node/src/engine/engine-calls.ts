import { existsSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { inspect } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import { removeTemporaryFolders } from '../files/temporary-folder.ts'

/** Longest that the end of the process waits for the engine, in milliseconds. */
const PATIENCE_MS = 5000

/** Places in the memory that a thread of the engine shares with the main thread. */
const CLOSED = 0
const INSIDE = 1

/** Registry that keeps the end of the process and the engine's calls apart. */
export interface EngineCalls {
  /** Shared memory: whether calls are forbidden, and how many are under way. */
  readonly state: Int32Array<SharedArrayBuffer>
  /** Forgets it: the thread has ended. */
  readonly forget: () => void
}

/** Whether another program can take the place of this process: not on Windows, and not before Node 22.15. */
export const canReplaceProcess = 'execve' in process && process.platform !== 'win32' && existsSync('/bin/sh')

const known = new Set<Int32Array<SharedArrayBuffer>>()
let uncaught: { readonly error: unknown } | undefined

/**
 * Watches the calls of one thread of the engine. A process ends its threads first, and a thread that is ended inside one of
 * the engine's functions aborts the process: so the end of the process waits for these, for 5 seconds at the most.
 */
export function watchEngineCalls(): EngineCalls {
  const state = new Int32Array(new SharedArrayBuffer(8))
  if (!isMainThread) return { state, forget: () => {} }
  if (!process.listeners('exit').includes(holdExit)) {
    process.on('exit', holdExit)
    process.on('uncaughtExceptionMonitor', (error) => {
      uncaught = process.listenerCount('uncaughtException') === 0 ? { error } : undefined
    })
  }
  known.add(state)
  return { state, forget: () => void known.delete(state) }
}

/** Counts the engine's calls that are under way on the threads of this process. */
export function engineCallsUnderWay(): number {
  return [...known].reduce((sum, state) => sum + Atomics.load(state, INSIDE), 0)
}

function holdExit(code: number): void {
  if (awaitCalls(PATIENCE_MS)) return
  const end = abruptEnd(Number(process.exitCode ?? code))
  // Where the process can't be ended in any other way, the end takes as long as the engine.
  if (!end) return void awaitCalls(Infinity)
  // What the application does at the end comes first: nothing does afterwards.
  const listeners = process.listeners('exit')
  for (const listener of listeners.slice(listeners.indexOf(holdExit) + 1)) tryTo(() => listener.call(process, code))
  tryTo(removeTemporaryFolders)
  if (uncaught) tryTo(() => writeSync(2, `Uncaught ${inspect(uncaught?.error)}\n`))
  end()
}

/** Lets no further call begin, and waits for those under way; whether they have ended. */
function awaitCalls(patience: number): boolean {
  for (const state of known) Atomics.store(state, CLOSED, 1)
  const end = performance.now() + patience
  for (const state of known) {
    for (let inside; (inside = Atomics.load(state, INSIDE)) > 0;) {
      if (performance.now() >= end) return false
      Atomics.wait(state, INSIDE, inside, Math.max(0, end - performance.now()))
    }
  }
  return true
}

/**
 * The way to end the process with its threads as they are: `process.exit` would end them one by one, and wait for each.
 *
 * @returns undefined where there is none
 */
function abruptEnd(code: number): (() => void) | undefined {
  const { execve } = process as { execve?: (file: string, args: readonly string[], env: object) => void }
  // A program that ends at once takes the place of this one.
  if (execve && canReplaceProcess) return () => execve('/bin/sh', ['sh', '-c', `exit ${code & 255}`], {})
  const signal = (Object.entries(constants.signals) as [NodeJS.Signals, number][]).find(([, number]) => code === 128 + number)?.[0]
  if (!signal) return undefined
  return () => {
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  }
}

function tryTo(work: () => void): void {
  try {
    work()
  } catch {
    // The process ends all the same.
  }
}
