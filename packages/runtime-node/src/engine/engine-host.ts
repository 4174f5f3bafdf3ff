import { DinokitError } from '@dinokit/core'
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { EnginePort, ProcessAnswer, ProcessCall } from './engine-port.ts'
import { ownFile } from '../files/own-file.ts'
import { temporaryPrefix } from '../files/temporary-folder.ts'
import type { WorkerAnswer, WorkerOutput } from './worker-messages.ts'

/** Time for which a process without a session is kept for the next, in milliseconds. */
const IDLE_MS = 1000

/** Sessions after which a process gives way to a new one, once it has none: with each, the engine and its drivers keep a little memory. */
const MOST_SESSIONS = 50

/** Longest time of a timer, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1

/** Device of a process of the engine, and how it is waited for. */
export interface HostedDevice {
  readonly name: string
  /** Milliseconds without an answer, while there is one to come, after which the process is ended. */
  readonly timeoutMs: number
}

/** A process that sessions live in, each on a thread of its own. It ends with this thread, however that ends. */
export interface EngineHost {
  /** Number of the process; undefined where it did not start. */
  readonly pid: number | undefined
  /** Waits so many milliseconds for an answer from now on. */
  readonly wait: (timeoutMs: number) => void
  /** Returns what the engine and drivers last wrote to standard error, where that is held back. */
  readonly words: () => string
  /** Prefix of the folders that it removes where this thread is ended and can't. */
  readonly prefix: string
  /** Starts a thread for one session. */
  startThread(): EnginePort
}

interface HostedThread {
  readonly onAnswer: ((answer: WorkerAnswer) => void)[]
  readonly onEnd: ((reason: string) => void)[]
}

/** Processes by their device, empty for the processor: a driver that fails takes only what is on its device along. */
const current = new Map<string, { readonly child: ChildProcess; readonly host: EngineHost }>()

/**
 * The process that this thread's sessions on a device share, started where there is none.
 *
 * @param device - undefined for the processor
 * @throws DinokitError `session-failed`, `bundled`
 */
export function engineHost(device?: HostedDevice): EngineHost {
  const name = device?.name ?? ''
  const found = current.get(name)
  if (found?.child.connected) {
    if (device) found.host.wait(device.timeoutMs)
    return found.host
  }
  const prefix = temporaryPrefix()
  const child = startProcess(prefix, device ? 'pipe' : 'inherit')
  const host = hostOf(child, prefix, device?.timeoutMs)
  current.set(name, { child, host })
  return host
}

/**
 * Returns the number of the process that sessions on a device are in.
 *
 * @param device - of a GPU
 * @returns undefined where there is none
 */
export function processOf(device: string): number | undefined {
  const found = current.get(device)
  return found?.child.connected ? found.child.pid : undefined
}

function startProcess(prefix: string, stderr: 'pipe' | 'inherit'): ChildProcess {
  const file = fileURLToPath(ownFile(() => new URL('./engine-process.js', import.meta.url)))
  try {
    return fork(file, [prefix], {
      // Loaders and debuggers of this process are not its business.
      execArgv: [],
      env: { ...process.env, NODE_OPTIONS: '' },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', stderr, 'ipc'],
    })
  } catch (cause) {
    throw new DinokitError('session-failed', 'The engine’s process could not be started.', {
      given: String(cause),
      hint: 'Where programs may not be started, set the engine’s option `host` to "thread".',
      cause,
    })
  }
}

function hostOf(child: ChildProcess, prefix: string, timeoutMs?: number): EngineHost {
  const threads = new Map<number, HostedThread>()
  const awaited = new Set<number>()
  let next = 0
  let ended: string | undefined
  let idle: NodeJS.Timeout | undefined
  const heard = listenTo(child)
  const patience = createPatience(timeoutMs, () => {
    ended ??= 'it did not answer in time (engine.deviceTimeoutMs)'
    child.kill('SIGKILL')
  })
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
    patience.forget(id)
    awaited.delete(id)
    hold()
    for (const listener of thread?.onEnd ?? []) listener(reason)
    if (threads.size > 0 || !child.connected) return
    if (next >= MOST_SESSIONS) child.disconnect()
    else idle ??= setTimeout(() => child.connected && child.disconnect(), IDLE_MS).unref()
  }
  const endAll = (): void => {
    ended ??= `its process ended (${child.signalCode ?? child.exitCode ?? 'it did not start'})`
    for (const id of [...threads.keys()]) end(id, ended)
  }
  child.on('message', ({ id, answer }: ProcessAnswer) => {
    if (answer.kind === 'ended') return end(id, answer.reason)
    if (answer.kind !== 'here') patience.answered(id)
    const own = ownMemory(answer)
    for (const listener of threads.get(id)?.onAnswer ?? []) listener(own)
  })
  child.on('error', endAll).on('exit', endAll)
  return {
    pid: child.pid,
    prefix,
    wait: (timeoutMs) => patience.wait(timeoutMs),
    words: heard,
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
        send(call) {
          patience.asked(id)
          tell({ kind: 'tell', id, call })
        },
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

/** Most that is kept of what a process writes to standard error, in characters. */
const WORDS = 4096

/** Keeps the end of what a process writes to standard error; it keeps nobody alive. */
function listenTo({ stderr }: ChildProcess): () => string {
  let words = ''
  stderr?.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-WORDS)))
  if (stderr && 'unref' in stderr) (stderr as { unref(): void }).unref()
  return () => words
}

/** Part of a host that gives up a process which owes an answer for too long. */
interface Patience {
  wait(timeoutMs: number): void
  asked(id: number): void
  answered(id: number): void
  forget(id: number): void
}

/** Watches whether a process answers: any answer shows that it is at work, and the next may take as long again. */
function createPatience(first: number | undefined, giveUp: () => void): Patience {
  const owed = new Map<number, number>()
  let timeoutMs = first
  let timer: NodeJS.Timeout | undefined
  const watch = (): void => {
    clearTimeout(timer)
    // Longer times are as good as none, and timers take them for none at all.
    const ends = timeoutMs !== undefined && timeoutMs <= LONGEST_MS && owed.size > 0
    timer = ends ? setTimeout(giveUp, timeoutMs).unref() : undefined
  }
  const owe = (id: number, count: number): void => {
    if (count > 0) owed.set(id, count)
    else owed.delete(id)
    watch()
  }
  return {
    wait(milliseconds) {
      timeoutMs = milliseconds
      watch()
    },
    asked(id) {
      const count = owed.get(id) ?? 0
      if (owed.size === 0) owe(id, 1)
      else owed.set(id, count + 1)
    },
    answered: (id) => owe(id, (owed.get(id) ?? 0) - 1),
    forget: (id) => owe(id, 0),
  }
}

/** Outputs of one message share its memory: whoever keeps one would keep all of them. */
function ownMemory(answer: WorkerAnswer): WorkerAnswer {
  if (answer.kind !== 'outputs') return answer
  const outputs = answer.outputs.map((output): WorkerOutput => ({ ...output, data: output.data.slice() }))
  return { ...answer, outputs }
}
