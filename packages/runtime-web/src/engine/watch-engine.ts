import { DinokitError } from '@dinokit/core'
import { watchSilence, type SilenceWatch } from '@dinokit/runtime-kit'
import type { Build } from './choose-device.ts'
import { THREAD_NAME, threadName } from './engine-thread.ts'

/** Seconds without a word of the server, or of a thread. */
const ANSWER_SECONDS = 30
/** Seconds for up to 27 MB to come and be compiled, of which nothing is heard. */
const LOAD_SECONDS = 300

const HINTS = {
  files:
    'Is the server that has onnxruntime’s .wasm files reachable? { engine: { wasmFolder } } names another folder of the page’s origin.',
  threads:
    'The bundle must leave onnxruntime-web a file that its threads can run; for Vite, worker: { format: "es" } does. { engine: { threads: 1 } } needs none.',
} as const

interface Watched {
  readonly device: Build
  readonly silence: SilenceWatch
  waitingFor: keyof typeof HINTS
}

let watched: Watched | undefined
let hears = false

/**
 * Starts the engine, and gives up where nothing is heard of it any more.
 *
 * @param device - that the engine is for
 * @param work - that starts it
 * @throws DinokitError `session-failed` after 30 s without an answer of the server or of the engine's threads, and after
 *   300 s in which the engine was loaded; only the latter where this thread is not the sessions' own
 */
export async function watchEngine<T>(device: Build, work: () => Promise<T>): Promise<T> {
  let silence: SilenceWatch | undefined
  const tooLong = new Promise<never>((_, reject) => {
    silence = watchSilence(hears ? ANSWER_SECONDS : LOAD_SECONDS, () => reject(silent()))
  })
  watched = { device, silence: silence!, waitingFor: 'files' }
  try {
    return await Promise.race([work(), tooLong])
  } finally {
    silence!.end()
  }
}

function silent(): DinokitError {
  const waitingFor = watched!.waitingFor
  return new DinokitError('session-failed', 'The engine does not start.', {
    given: waitingFor === 'threads' ? 'no answer of its threads' : 'no answer of the server of its files',
    hint: HINTS[waitingFor],
  })
}

/**
 * Hears what the engine loads and which threads it starts, on a thread that is the sessions' own: nobody else's `fetch` and
 * `Worker` are touched. Its threads get names that say which build they belong to.
 */
export function hearEngine(): void {
  const { fetch, Worker } = globalThis
  hears = true
  globalThis.fetch = async (...request) => {
    const response = await fetch(...request)
    watched?.silence.heard(LOAD_SECONDS)
    return response
  }
  if (!('Worker' in globalThis)) return
  globalThis.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options?.name === THREAD_NAME && watched ? { ...options, name: threadName(watched.device) } : options)
      this.addEventListener('message', () => watched?.silence.heard())
    }

    override postMessage(message: unknown, options?: StructuredSerializeOptions | Transferable[]): void {
      // The first message is sent once everything is loaded.
      if (watched?.waitingFor === 'files') {
        watched.waitingFor = 'threads'
        watched.silence.heard(ANSWER_SECONDS)
      }
      super.postMessage(message, options as StructuredSerializeOptions)
    }
  }
}
