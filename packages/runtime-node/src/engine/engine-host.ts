import { DinokitError } from '@dinokit/core'
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { EnginePort, ProcessAnswer, ProcessCall } from './engine-port.ts'
import { ownFile } from '../files/own-file.ts'
import { temporaryPrefix } from '../files/temporary-folder.ts'
import type { WorkerAnswer, WorkerOutput } from './worker-messages.ts'

/** Time for which a process without a session is kept for the next, in milliseconds. */
const IDLE_MS = 1000

/** A process that sessions live in, each on a thread of its own. It ends with this thread, however that ends. */
export interface EngineHost {
  /** Prefix of the folders that it removes where this thread is ended and can't. */
  readonly prefix: string
  /** Starts a thread for one session. */
  startThread(): EnginePort
}

interface HostedThread {
  readonly onAnswer: ((answer: WorkerAnswer) => void)[]
  readonly onEnd: ((reason: string) => void)[]
}

let current: { readonly child: ChildProcess; readonly host: EngineHost } | undefined

/**
 * The process that this thread's sessions share, started where there is none.
 *
 * @throws DinokitError `session-failed`, `bundled`
 */
export function engineHost(): EngineHost {
  if (!current?.child.connected) {
    const prefix = temporaryPrefix()
    const child = startProcess(prefix)
    current = { child, host: hostOf(child, prefix) }
  }
  return current.host
}

function startProcess(prefix: string): ChildProcess {
  const file = fileURLToPath(ownFile(() => new URL('./engine-process.js', import.meta.url)))
  try {
    return fork(file, [prefix], {
      // Loaders and debuggers of this process are not its business.
      execArgv: [],
      env: { ...process.env, NODE_OPTIONS: '' },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
  } catch (cause) {
    throw new DinokitError('session-failed', 'The engine’s process could not be started.', {
      given: String(cause),
      hint: 'Where programs may not be started, set the engine’s option `host` to "thread".',
      cause,
    })
  }
}

function hostOf(child: ChildProcess, prefix: string): EngineHost {
  const threads = new Map<number, HostedThread>()
  const awaited = new Set<number>()
  let next = 0
  let ended: string | undefined
  let idle: NodeJS.Timeout | undefined
  const tell = (call: ProcessCall): void => {
    // One that has ended says so by its end.
    if (child.connected) child.send(call, () => {})
  }
  // The process keeps this one alive while somebody waits for it, and only then.
  const hold = (): void => {
    const how = awaited.size > 0 ? 'ref' : 'unref'
    child[how]()
    child.channel?.[how]()
  }
  const end = (id: number, reason: string): void => {
    const thread = threads.get(id)
    threads.delete(id)
    awaited.delete(id)
    hold()
    for (const listener of thread?.onEnd ?? []) listener(reason)
    if (threads.size === 0) idle ??= setTimeout(() => child.connected && child.disconnect(), IDLE_MS).unref()
  }
  const endAll = (): void => {
    ended ??= `its process ended (${child.signalCode ?? child.exitCode ?? 'it did not start'})`
    for (const id of [...threads.keys()]) end(id, ended)
  }
  child.on('message', ({ id, answer }: ProcessAnswer) => {
    if (answer.kind === 'ended') return end(id, answer.reason)
    const own = ownMemory(answer)
    for (const listener of threads.get(id)?.onAnswer ?? []) listener(own)
  })
  child.on('error', endAll).on('exit', endAll)
  return {
    prefix,
    startThread() {
      clearTimeout(idle)
      idle = undefined
      const id = next++
      const thread: HostedThread = { onAnswer: [], onEnd: [] }
      threads.set(id, thread)
      awaited.add(id)
      hold()
      tell({ kind: 'start', id })
      return {
        send: (call) => tell({ kind: 'tell', id, call }),
        onAnswer: (listener) => void thread.onAnswer.push(listener),
        onEnd(listener) {
          thread.onEnd.push(listener)
          if (ended !== undefined) listener(ended)
        },
        ref() {
          if (threads.has(id)) awaited.add(id)
          hold()
        },
        unref() {
          awaited.delete(id)
          hold()
        },
      }
    },
  }
}

/** Outputs of one message share its memory: whoever keeps one would keep all of them. */
function ownMemory(answer: WorkerAnswer): WorkerAnswer {
  if (answer.kind !== 'outputs') return answer
  const outputs = answer.outputs.map((output): WorkerOutput => ({ ...output, data: output.data.slice() }))
  return { ...answer, outputs }
}
