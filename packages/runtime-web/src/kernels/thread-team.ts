import { CONTROL, doPieces, TASK_LENGTH, type Kernel, type Task } from './tasks.ts'

/** Words by which threads agree. */
const WORDS = 128
/** Turns of a loop before a thread sleeps: about as long as a page's next run is away. */
const PATIENCE = 10_000
/** Longest that a thread is waited for before it is taken for dead. */
const LONGEST_MS = 60_000
/** Longest that a thread may take to start. */
const START_MS = 20_000

/** Message that starts a thread. */
interface Start {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly names: readonly string[]
  readonly thread: number
}

/** Threads that do tasks together, this one among them. */
export interface ThreadTeam {
  /** Does a task; all of it is done when this returns. */
  readonly run: (task: Task) => void
  /** Ends the other threads. */
  readonly end: () => void
}

function kernelsOf({ module, memory, names }: Omit<Start, 'thread'>): Kernel[] {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  return names.map((name) => exports[name] as unknown as Kernel)
}

/**
 * Starts threads.
 *
 * @param start - the compiled kernels, their memory, which is shared where there are several threads, and their names
 * @param threads - this one counted
 * @param create - makes a worker that becomes a thread, see {@link becomeKernelThread}
 * @throws Error where one does not start
 */
export async function createThreadTeam(start: Omit<Start, 'thread'>, threads: number, create: () => Worker): Promise<ThreadTeam> {
  const kernels = kernelsOf(start)
  const workers = Array.from({ length: threads - 1 }, create)
  const end = (): void => workers.forEach((worker) => worker.terminate())
  try {
    await Promise.all(workers.map((worker, index) => started(worker, { ...start, thread: index + 1 })))
  } catch (cause) {
    end()
    throw cause
  }
  const wait = (control: Int32Array): void => {
    for (let turn = 0; turn < PATIENCE; turn++) if (Atomics.load(control, CONTROL.done) === workers.length) return
    const deadline = performance.now() + LONGEST_MS
    for (let done; (done = Atomics.load(control, CONTROL.done)) < workers.length;) {
      Atomics.wait(control, CONTROL.done, done, LONGEST_MS)
      if (performance.now() > deadline) throw new Error('A thread of the kernels does not answer.')
    }
  }
  return {
    run(task) {
      // Memory that is not shared has another buffer when it has grown.
      const control = new Int32Array(start.memory.buffer, 0, WORDS)
      control.set(task, CONTROL.task)
      Atomics.store(control, CONTROL.next, 0)
      if (workers.length > 0) {
        Atomics.store(control, CONTROL.done, 0)
        Atomics.add(control, CONTROL.turn, 1)
        Atomics.notify(control, CONTROL.turn)
      }
      doPieces({ kernels, memory: start.memory, thread: 0 }, control, task)
      if (workers.length > 0) wait(control)
      if (Atomics.load(control, CONTROL.failed) > 0) throw new Error('A thread of the kernels failed.')
    },
    end,
  }
}

function started(worker: Worker, start: Start): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('A thread of the kernels did not start.')), START_MS)
    // It says that it listens, and then that it is ready.
    worker.addEventListener('message', ({ data }) => {
      if (data === HERE) return worker.postMessage(start)
      clearTimeout(timer)
      resolve()
    })
    worker.addEventListener('error', (event) => {
      clearTimeout(timer)
      event.preventDefault()
      reject(new Error(event.message || 'A thread of the kernels did not start.'))
    })
  })
}

/** First word of a thread: it hears what it is told. */
const HERE = 'here'

/** Makes this worker a thread of the kernels: it waits for tasks until it is ended. */
export function becomeKernelThread(): void {
  addEventListener(
    'message',
    ({ data }: MessageEvent<Start>) => {
      const kernels = kernelsOf(data)
      const control = new Int32Array(data.memory.buffer, 0, WORDS)
      postMessage('ready')
      for (let seen = 0; ;) {
        for (let turn = 0; turn < PATIENCE && Atomics.load(control, CONTROL.turn) === seen; turn++);
        Atomics.wait(control, CONTROL.turn, seen)
        seen = Atomics.load(control, CONTROL.turn)
        try {
          doPieces({ kernels, memory: data.memory, thread: data.thread }, control, [
            ...control.subarray(CONTROL.task, CONTROL.task + TASK_LENGTH),
          ])
        } catch {
          Atomics.add(control, CONTROL.failed, 1)
        }
        Atomics.add(control, CONTROL.done, 1)
        Atomics.notify(control, CONTROL.done)
      }
    },
    { once: true },
  )
  postMessage(HERE)
}
