import { imagesIn } from '@dinokit/image-files'
import { fillStore, layoutFor, verifyStore, type StoreLayout, type StoreProblem } from '@dinokit/store'
import { openLanceStore } from '@dinokit/store-node'
import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { open, type OpenOptions } from 'dinokit'
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { areRemote, openQueues, openStorage, planShards, remoteImages, type QueueImage, type WorkerEvent } from '../index.ts'
import { storeOptions } from '../storage/store-options.ts'
import { randomOf } from './images.ts'

/** Model of a test: what to open. */
export type TestModel = Pick<OpenOptions, 'model' | 'card' | 'size'>

/** Options of {@link fillByMany}. */
export interface FillByManyOptions {
  /** Address of the queue. */
  readonly queue: string
  readonly store: string
  /** Folder of images. */
  readonly images: string
  readonly model: TestModel
  readonly workers: number
  readonly threads: number
  readonly shard: number
  readonly lockSeconds: number
  readonly publishSeconds: number
  /** A random worker is killed every so often. Default: none. */
  readonly killMs?: number
  /** A worker is killed, a moment after it has said so, whenever so many shards more are done. Default: none. */
  readonly killShards?: number
  /** So often the worker is killed that packs the store, a moment after it has begun. Default 0. */
  readonly killPacking?: number
  /** Called once, in the middle of the work: after half of the shards. */
  readonly inTheMiddle?: () => Promise<void>
  /** Seconds that the clock of each worker is ahead. Default: none is. */
  readonly clocks?: readonly number[]
  readonly seed: number
  readonly onNote?: (text: string) => void
}

/** Report of {@link fillByMany}. */
export interface FilledByMany {
  readonly planned: number
  readonly shards: number
  /** From the start of the workers to the end of the last. */
  readonly seconds: number
  /** From the first shard that was done to the end of the last worker, and images of the shards that were done later. */
  readonly working: { readonly seconds: number; readonly images: number }
  /** Workers that were killed at some time, and while they packed. */
  readonly killed: number
  readonly killedPacking: number
  /** Planned images that had neither a row nor a failure when no job was left. */
  readonly lost: number
  /** Workers that ended since the queue was down when they started. */
  readonly refused: number
  /** Images that workers have said to have failed. */
  readonly failed: readonly string[]
  /** Words of workers on standard error, and a sentence for each that ended with a failure. */
  readonly errors: readonly string[]
}

const WORK = fileURLToPath(new URL('work.ts', import.meta.url))

/** Plans the images of a folder, lets workers work in processes of their own, kills some of them, and waits for all to be done. */
export async function fillByMany(options: FillByManyOptions): Promise<FilledByMany> {
  const {
    queue,
    store,
    images,
    model,
    workers,
    threads,
    shard,
    lockSeconds,
    publishSeconds,
    killMs,
    killShards,
    killPacking = 0,
    inTheMiddle,
    clocks = [],
    onNote = () => {},
  } = options
  await makeStore(store, model)
  const storage = await openStorage(store, false)
  const queues = await openQueues(queue)
  const plan = await planShards(queues, storage, found(images), { shard })
  await queues.close()
  const started = performance.now()
  const random = randomOf(options.seed)
  const running = new Set<ChildProcess>()
  const [failed, errors]: [string[], string[]] = [[], []]
  let [killed, killedPacking, shardsDone, middle, ended, lost, refused] = [0, 0, 0, false, 0, 0, 0]
  let [firstShard, laterImages] = [started, 0]
  const args = JSON.stringify({ queue, store, model, threads, lockSeconds, publishSeconds, untilDone: true })
  const launch = (number: number): void => {
    const ahead = clocks[number] ?? 0
    const child = spawn(process.execPath, [...(ahead === 0 ? [] : ['--import', clockAhead(ahead)]), ...TYPESCRIPT, WORK, args])
    running.add(child)
    let [line, said] = ['', '']
    const kill = (): boolean => child.kill('SIGKILL')
    const hear = (event: WorkerEvent): void => {
      if (event.kind === 'failed') failed.push(event.source)
      if (event.kind === 'lost') lost += event.images
      if (event.kind === 'note') onNote(`${child.pid}: ${event.text}`)
      if (event.kind === 'packing' && killedPacking < killPacking) {
        killedPacking++
        onNote(`${child.pid}: killed while packing`)
        setTimeout(kill, random() * 100)
      }
      if (event.kind !== 'shard') return
      if (shardsDone === 0) firstShard = performance.now()
      else laterImages += event.images
      shardsDone++
      if (killShards !== undefined && shardsDone % killShards === 0 && shardsDone < plan.shards) {
        killed++
        setTimeout(kill, random() * 60)
      }
      if (shardsDone % 20 === 0) onNote(`${shardsDone} shards, ${killed} killed, ${((performance.now() - started) / 1000).toFixed(0)} s`)
      if (!middle && shardsDone >= plan.shards / 2) {
        middle = true
        void inTheMiddle?.().then(
          () => onNote('the middle'),
          (error: unknown) => errors.push(String(error)),
        )
      }
    }
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (line + chunk.toString()).split('\n')
      line = lines.pop()!
      for (const one of lines) hear(JSON.parse(one) as WorkerEvent)
    })
    child.stderr.on('data', (chunk: Buffer) => void (said += chunk.toString()))
    child.on('close', (code) => {
      running.delete(child)
      const down = said.includes("code: 'queue-unreachable'")
      if (said !== '' && !down) errors.push(said)
      if (code === 0) {
        ended++
        return
      }
      if (down) refused++
      else if (!child.killed) errors.push(`a worker ended with ${code}`)
      setTimeout(() => launch(number), down ? 500 : 0)
    })
  }
  for (let number = 0; number < workers; number++) launch(number)
  let next = performance.now() + (killMs ?? Infinity)
  while (ended < workers) {
    await sleep(20)
    if (performance.now() < next) continue
    next += killMs!
    const victims = [...running]
    if (victims[Math.floor(random() * victims.length)]?.kill('SIGKILL')) killed++
  }
  storage.close()
  const now = performance.now()
  return {
    planned: plan.images,
    shards: plan.shards,
    seconds: (now - started) / 1000,
    working: { seconds: (now - firstShard) / 1000, images: laterImages },
    killed,
    killedPacking,
    lost,
    refused,
    failed,
    errors,
  }
}

/** Module that sets the clock of its process ahead by some seconds: the one that JavaScript reads. */
function clockAhead(seconds: number): string {
  const code = `
    const Real = Date
    const now = () => Real.now() + ${1000 * seconds}
    globalThis.Date = class Date extends Real {
      static now = now
      constructor(...given) {
        if (given.length === 0) super(now())
        else super(...given)
      }
    }`
  return `data:text/javascript,${encodeURIComponent(code)}`
}

async function* found(folder: string): AsyncGenerator<QueueImage> {
  yield* areRemote(folder) ? remoteImages(folder) : imagesIn(folder)
}

function layoutOf(vision: Parameters<typeof layoutFor>[0], { size }: TestModel): StoreLayout {
  return layoutFor(vision, size === undefined ? {} : { size })
}

async function makeStore(path: string, model: TestModel): Promise<void> {
  await using vision = await open(model)
  await (await openLanceStore(path, { layout: layoutOf(vision, model), ...storeOptions(path) })).close()
}

/**
 * Fills a store by this process alone.
 *
 * @returns seconds, without those of opening the model
 */
export async function fillByOne(path: string, images: string, model: TestModel, threads: number): Promise<number> {
  await using vision = await open({ ...model, engine: { threads } })
  await using store = await openLanceStore(path, { layout: layoutOf(vision, model) })
  const started = performance.now()
  for await (const { error } of fillStore(vision, store, imagesIn(images))) if (error) throw error
  return (performance.now() - started) / 1000
}

/** Difference of two stores. */
export interface StoreDifference {
  readonly rows: readonly [number, number]
  readonly problems: readonly StoreProblem[]
  /** Ids of one alone. */
  readonly ids: number
  /** Rows whose content or vectors differ by a bit. */
  readonly vectors: number
}

/** Verifies the first of two stores, and compares it with the second, bit by bit. */
export async function compareStores(path: string, other: string): Promise<StoreDifference> {
  await using one = await openLanceStore(path, storeOptions(path))
  await using two = await openLanceStore(other)
  const { problems } = await verifyStore(one)
  const expected = new Map<string, string>()
  for await (const batch of two.iterate()) batch.rows.forEach((row, index) => expected.set(row.id, bitsOf(row.hash, batch.tensors, index)))
  let [ids, vectors] = [0, 0]
  for await (const batch of one.iterate())
    batch.rows.forEach((row, index) => {
      const wanted = expected.get(row.id)
      if (wanted === undefined) ids++
      else if (wanted !== bitsOf(row.hash, batch.tensors, index)) vectors++
      expected.delete(row.id)
    })
  return { rows: [await one.count(), await two.count()], problems, ids: ids + expected.size, vectors }
}

function bitsOf(
  hash: string,
  tensors: Readonly<Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }>>,
  row: number,
): string {
  const numbers = Object.keys(tensors)
    .sort()
    .map((name) => {
      const { data, shape } = tensors[name]!
      const width = data.length / shape[0]!
      const own = data.slice(row * width, (row + 1) * width)
      return Buffer.from(own.buffer).toString('base64')
    })
  return [hash, ...numbers].join()
}
