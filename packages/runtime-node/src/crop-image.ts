import { assertNotAborted, valueOf, type CropOptions, type MultiCrop, type Outcome } from '@dinokit/core'
import { availableParallelism } from 'node:os'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import Tinypool from 'tinypool'
import type { ImageSource } from './image-source.ts'
import type { CropTask } from './lib/crop-worker.ts'
import { readEncoded } from './lib/read-encoded.ts'

/**
 * Decodes a picture and makes random crops of it on a thread of a pool, one fewer than there are cores: what trains has
 * its own to itself. Threads end when there is nothing to crop for a while, and keep no process alive.
 *
 * @param source - see `decodeImage`
 * @param options - which crops, limit, cancellation
 * @throws DinokitError those of `decodeImage`
 */
export async function cropImage(source: ImageSource, { signal, ...options }: CropOptions): Promise<MultiCrop> {
  assertNotAborted(signal)
  const task: CropTask = { source: await sendable(source, signal), ...options }
  const made = valueOf((await (pool ??= createPool()).run(task)) as Outcome<MultiCrop>)
  assertNotAborted(signal)
  return made
}

let pool: Tinypool | undefined

function createPool(): Tinypool {
  return new Tinypool({
    filename: new URL('./lib/crop-worker.ts', import.meta.url).href,
    execArgv: import.meta.url.endsWith('.ts') ? withTypeScript() : [],
    minThreads: 0,
    maxThreads: Math.max(1, availableParallelism() - 1),
    // One is decoded while another is cropped.
    concurrentTasksPerWorker: 2,
    idleTimeout: IDLE_MS,
  })
}

const IDLE_MS = 10_000

/** In this workspace threads start from sources, which Node 20 can't read by itself. */
function withTypeScript(): string[] {
  const api = import.meta.resolve('tsx/esm/api')
  return ['--import', `data:text/javascript,import{register}from${JSON.stringify(api)};register()`]
}

/** What can be sent to another thread as it is. */
async function sendable(source: ImageSource, signal: AbortSignal | undefined): Promise<ImageSource> {
  if (source instanceof URL) return source.protocol === 'file:' ? fileURLToPath(source) : source.href
  if (source instanceof Readable || source instanceof ReadableStream) return (await readEncoded(source, signal)).bytes
  return source
}
