import {
  assertNotAborted,
  DinokitError,
  isPixels,
  type CropOptions,
  type FetchImageOptions,
  type ModelInput,
  type PreprocessImageOptions,
  type Timed,
} from '@dinokit/core'
import type { MultiCrop } from '@dinokit/core/augment'
import { createAbortGroup, unwrapResult, type AbortGroup, type WorkerResult } from '@dinokit/runtime-kit'
import { availableParallelism } from 'node:os'
import { Readable } from 'node:stream'
import Tinypool from 'tinypool'
import type { ImageSource } from './image-source.ts'
import type * as worker from './image-worker.ts'
import { isRemote } from '../downloads/fetch-bytes.ts'
import { filePath } from '../files/file-path.ts'
import { prepareImage } from './prepare-image.ts'
import { readEncoded } from './read-encoded.ts'

/** The threads of a runtime on which images are decoded. Whoever made them closes them; twice is safe. */
export interface ImageThreads {
  /**
   * Makes an image a model's input; one of many on a thread: the caller's stays free, and its garbage collector, which takes
   * every few megabytes of pixels for a reason to look through the whole heap, has no pixels to see. The first of many, and
   * what is decoded already, are done here.
   *
   * @param source - see `openImage`
   * @param options - the input's size, the card's preprocessing and patch, limit, cancellation
   * @throws DinokitError those of `openImage`, `size-invalid`, `disposed`
   */
  preprocess(source: ImageSource, options: PreprocessImageOptions): Promise<Timed<ModelInput>>
  /**
   * Makes random crops of an image on a thread.
   *
   * @param source - see `openImage`
   * @param options - which crops, limit, cancellation
   * @throws DinokitError those of `openImage`, `disposed`
   */
  crop(source: ImageSource, options: CropOptions): Promise<MultiCrop>
  /** Whether threads were started. Otherwise they are, in the background: it takes as long as some images do. */
  areStarted(): boolean
  /** Ends the threads, after what they are at; what is asked of them later is refused. */
  close(): Promise<void>
}

type Worker = Pick<typeof worker, 'crop' | 'preprocess'>
type Task<Name extends keyof Worker> = Omit<Parameters<Worker[Name]>[0], 'source'> & { readonly signal?: AbortSignal }
type Result<Name extends keyof Worker> = Awaited<ReturnType<Worker[Name]>> extends WorkerResult<infer T> ? T : never

/** So many images may be all there are: threads for them would start when they are done. */
const FEW = 4

/**
 * Makes a pool of threads, one fewer than there are cores: what trains or infers has its own to itself. None starts before it
 * is needed; they end when there is nothing to do for a while, and keep no process alive.
 */
export function createImageThreads(): ImageThreads {
  const tasks = createTasks()
  let starting: Promise<void> | undefined
  let [started, asked] = [false, 0]
  const areStarted = (): boolean => {
    starting ??= tasks.run('start').then(
      () => void (started = true),
      // Images go on being read where they are asked for.
      () => {},
    )
    return started
  }
  const run = async <Name extends keyof Worker>(
    name: Name,
    source: ImageSource,
    { signal, ...task }: Task<Name>,
  ): Promise<Result<Name>> => {
    assertNotAborted(signal)
    const { stallMs } = task as FetchImageOptions
    const reading = { ...(stallMs !== undefined && { stallMs }), ...(signal && { signal }) }
    const made = unwrapResult((await tasks.run(name, { source: await sendable(source, reading), ...task })) as WorkerResult<Result<Name>>)
    assertNotAborted(signal)
    return made
  }
  return {
    preprocess: (source, options) =>
      !options.many || isPixels(source) || ++asked <= FEW || !areStarted()
        ? prepareImage(source, options)
        : run('preprocess', source, options),
    crop: (source, options) => run('crop', source, options),
    areStarted,
    close: () => tasks.close(),
  }
}

/** Runs tasks on a pool, which is made when it is needed, and again where it broke. */
function createTasks(): { run(name: string, task?: unknown): Promise<unknown>; close(): Promise<void> } {
  let threads: Threads | undefined
  let closing: Promise<void> | undefined
  const underWay = new Set<Promise<unknown>>()
  const end = async (): Promise<void> => {
    await Promise.allSettled(underWay)
    await threads?.pool.destroy()
  }
  return {
    async run(name, task) {
      if (closing) throw new DinokitError('disposed', 'The runtime was closed.', { hint: 'Make another, or close it later.' })
      const { pool, abortGroup } = (threads ??= createThreads(() => void (threads = undefined)))
      const running: Promise<unknown> = abortGroup.race(pool.run(task, { name }))
      underWay.add(running)
      try {
        return await running
      } catch (cause) {
        throw new DinokitError('session-failed', 'The thread that reads images could not be started, or died.', {
          given: String(cause),
          hint: 'Where a bundler packs your program, leave @dinokit/runtime-node out of the bundle: threads start from its files.',
          cause,
        })
      } finally {
        underWay.delete(running)
      }
    },
    close: () => (closing ??= end()),
  }
}

interface Threads {
  readonly pool: Tinypool
  /** Cut where a thread can't be started: the pool would let its tasks wait for ever. */
  readonly abortGroup: AbortGroup
}

function createThreads(onDied: () => void): Threads {
  const pool = createPool()
  const abortGroup = createAbortGroup()
  pool.on('error', (cause: Error) => {
    onDied()
    abortGroup.fail(cause)
    void pool.destroy()
  })
  return { pool, abortGroup }
}

function createPool(): Tinypool {
  return new Tinypool({
    filename: new URL('./image-worker.ts', import.meta.url).href,
    // In this workspace threads start from sources, which Node 20 can't read by itself.
    execArgv: import.meta.url.endsWith('.ts') ? ['--import', import.meta.resolve('@dinokit/testing/typescript/register')] : [],
    minThreads: 0,
    maxThreads: Math.max(1, availableParallelism() - 1),
    // One is decoded while another is cropped.
    concurrentTasksPerWorker: 2,
    idleTimeout: IDLE_MS,
  })
}

const IDLE_MS = 10_000

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
