import { assertNotAborted, DinokitError, isPixels, type FetchImageOptions } from '@dinokit/core'
import { createAbortGroup, unwrapResult, type AbortGroup, type WorkerResult } from '@dinokit/runtime-kit'
import { availableParallelism } from 'node:os'
import { Readable } from 'node:stream'
import Tinypool from 'tinypool'
import type { ImageSource } from './image-source.ts'
import type * as worker from './image-worker.ts'
import { isRemote } from '../downloads/fetch-bytes.ts'
import { filePath } from '../files/file-path.ts'
import { readEncoded } from './read-encoded.ts'

type Worker = Pick<typeof worker, 'crop' | 'prepare'>
type Task<Name extends keyof Worker> = Omit<Parameters<Worker[Name]>[0], 'source'> & { readonly signal?: AbortSignal }
type Result<Name extends keyof Worker> = Awaited<ReturnType<Worker[Name]>> extends WorkerResult<infer T> ? T : never

let threads: Threads | undefined
let starting: Promise<void> | undefined
let started = false

/**
 * Does some work on an image on a thread of a pool, one fewer than there are cores: what trains or infers has its own to
 * itself. Threads end when there is nothing to do for a while, and keep no process alive.
 *
 * @param name - of the work
 * @param source - the image
 * @param task - the work's options, and its cancellation
 * @throws DinokitError those of the work; `session-failed` where threads can't be started
 */
export async function inImageThread<Name extends keyof Worker>(
  name: Name,
  source: ImageSource,
  { signal, ...task }: Task<Name>,
): Promise<Result<Name>> {
  assertNotAborted(signal)
  const { stallMs } = task as FetchImageOptions
  const reading = { ...(stallMs !== undefined && { stallMs }), ...(signal && { signal }) }
  const asked = { source: await sendable(source, reading), ...task }
  const made = unwrapResult((await run(name, asked)) as WorkerResult<Result<Name>>)
  assertNotAborted(signal)
  return made
}

/** Whether threads were started. Otherwise they are, in the background: it takes as long as some images do. */
export function areImageThreadsStarted(): boolean {
  starting ??= start()
  return started
}

async function start(): Promise<void> {
  try {
    await run('start')
    started = true
  } catch {
    // Images go on being prepared where they are asked for.
  }
}

async function run(name: string, task?: unknown): Promise<unknown> {
  const { pool, abortGroup } = (threads ??= createThreads())
  try {
    return await abortGroup.race(pool.run(task, { name }))
  } catch (cause) {
    throw new DinokitError('session-failed', 'The thread that reads images could not be started, or died.', {
      given: String(cause),
      hint: 'Where a bundler packs your program, leave @dinokit/runtime-node out of the bundle: threads start from its files.',
      cause,
    })
  }
}

interface Threads {
  readonly pool: Tinypool
  /** Cut where a thread can't be started: the pool would let its tasks wait for ever. */
  readonly abortGroup: AbortGroup
}

function createThreads(): Threads {
  const pool = createPool()
  const abortGroup = createAbortGroup()
  pool.on('error', (cause: Error) => {
    threads = undefined
    abortGroup.fail(cause)
    void pool.destroy()
  })
  return { pool, abortGroup }
}

function createPool(): Tinypool {
  return new Tinypool({
    filename: new URL('./image-worker.ts', import.meta.url).href,
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

/** Tells whether a source can be sent to another thread as it is. What comes by a network must not keep a thread waiting. */
async function sendable(source: ImageSource, options: FetchImageOptions): Promise<ImageSource> {
  if (isRemote(source)) return readEncoded(source, options)
  if (source instanceof URL) return source.protocol === 'file:' ? filePath(source) : source.href
  if (source instanceof Readable || source instanceof ReadableStream) return (await readEncoded(source, options)).bytes
  // A view would be sent with all that it is a view of.
  if (ArrayBuffer.isView(source) && source.byteLength < source.buffer.byteLength) return new Uint8Array(source)
  // What is no source is refused here, rather than by the pool, which can't send it.
  return isPixels(source) || typeof source === 'string' || source instanceof Blob ? source : readEncoded(source, options)
}
