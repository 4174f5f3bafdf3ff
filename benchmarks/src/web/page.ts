// The page that `npx pnpm@12 bench --web` opens. What it measures is named by its address, see `web.ts`.
import { env } from '@huggingface/transformers'
import type { PrecisionName } from '@dinokit/core'
import { createRuntime, open } from 'dinokit/browser'
import { median } from '../lib/median.ts'
import { table } from '../lib/table.ts'
import { transformersWays } from '../lib/transformers-ways.ts'
import { weightBitsTable } from '../precision/weight-bits.ts'
import { storeSearchTable } from './store-search.ts'
import { oneByOne, IMAGES, takeTurns, timed, type Way } from '../lib/ways.ts'

const OPENINGS = 7
const asked = new URLSearchParams(location.search)
const ROUNDS = Number(asked.get('rounds') ?? 3)
const COUNT = Number(asked.get('images') ?? IMAGES)
const THREADS = Number(asked.get('threads') ?? 2)
const engine = { device: 'wasm', threads: THREADS, kernels: !asked.has('plain') } as const

const image = async (index: number): Promise<Blob> => (await fetch(`/images/${index % IMAGES}.jpg`)).blob()
const images = await Promise.all(Array.from({ length: COUNT }, (_, index) => image(index)))

/** Precision of a model, where one is asked for. */
interface PrecisionForm {
  readonly precision?: PrecisionName
  readonly calibration?: string
}

/** Models that {@link speed} compares. */
interface SpeedOptions {
  readonly label: string
  readonly model: string
  readonly rival: string
  readonly form: PrecisionForm
}

/** From image files to tokens: ours one at a time and streamed, transformers.js one at a time and in batches. */
async function speed({ label, model, rival, form }: SpeedOptions): Promise<string> {
  env.allowRemoteModels = false
  env.allowLocalModels = true
  env.localModelPath = '/models/'
  Object.assign(env.backends.onnx.wasm!, { wasmPaths: '/ort/', numThreads: THREADS })
  await using vision = await open({ model, engine })
  await using fast = await open({ model, engine, decode: 'fast' })
  const inPrecision = (kernels: boolean): ReturnType<typeof open> => open({ model, engine: { ...engine, kernels }, ...form })
  const { precision } = form
  await using precise = precision && (await inPrecision(true))
  await using byEngine = precision && (await inPrecision(false))
  const ways: Way[] = [
    ['dinokit, one at a time', oneByOne(images, (file) => vision.embed(file))],
    ['dinokit, streamed', streamed(vision)],
    ['dinokit, streamed, batches of 8', streamed(vision, 8)],
    ['dinokit, streamed, decoded fast', streamed(fast)],
    ...(await transformersWays(rival, 'wasm', images)),
  ]
  if (precise && byEngine)
    ways.push(
      [`dinokit in ${precision}, one at a time`, oneByOne(images, (file) => precise.embed(file))],
      [`dinokit in ${precision}, streamed`, streamed(precise)],
      [`dinokit in ${precision} without kernels, one at a time`, oneByOne(images, (file) => byEngine.embed(file))],
    )
  const processor = new Map<string, number[]>()
  const medians = await takeTurns(
    ways.map(([name, round]): Way => [name, () => withProcessor(name, round, processor)]),
    ROUNDS,
  )
  const rows = [...medians].map(([name, ms]) => {
    const [ours, others] = [
      `dinokit, ${inRow(name) ? 'streamed' : 'one at a time'}`,
      `transformers.js, ${inRow(name) ? 'batches of 4' : 'one at a time'}`,
    ]
    const work = (of: string): number => median(processor.get(of)!.slice(1))
    return [
      name,
      ms.toFixed(1),
      ...[ours, others].map((other) => `${(medians.get(other)! / ms).toFixed(2)} x`),
      work(name).toFixed(1),
      ...[ours, others].map((other) => `${(work(other) / work(name)).toFixed(2)} x`),
    ]
  })
  const head = ['faster than dinokit in float32', 'than transformers.js']
  const engines = [vision, precise, byEngine].flatMap((one) => (one ? one.engine.name : [])).join(', ')
  return `${label}, wasm, ${vision.engine.threads} threads, ${engines}: ${COUNT} JPEGs, medians over ${ROUNDS} rounds\n${table([['', 'ms an image', ...head, 'ms of the processor', ...head], ...rows])}`
}

/** Milliseconds that the processor worked for the pages of the browser: `web.ts` reads them. */
declare const processorTime: () => Promise<number | undefined>

/** Does a round, and keeps what the processor worked for it, an image. */
async function withProcessor(name: string, round: Way[1], processor: Map<string, number[]>): Promise<readonly number[]> {
  const before = (await processorTime()) ?? NaN
  const times = await round()
  processor.set(name, [...(processor.get(name) ?? []), (((await processorTime()) ?? NaN) - before) / COUNT])
  return times
}

function inRow(name: string): boolean {
  return name.includes('streamed') || name.includes('batches')
}

/** Makes a round of a stream, by default in batches that suit the device. */
function streamed(vision: Awaited<ReturnType<typeof open>>, batch?: number): () => Promise<number[]> {
  return () =>
    timed(images.length, async () => {
      for await (const { error } of vision.stream(images, batch === undefined ? {} : { batch })) if (error) throw error
    })
}

/** From the browser's cache to a session of the embedded default. */
async function creation(): Promise<string> {
  const times: number[] = []
  for (let round = 0; round <= OPENINGS; round++) {
    const started = performance.now()
    const vision = await open({ engine })
    if (round > 0) times.push(performance.now() - started)
    await vision.dispose()
  }
  return `Opening the embedded default, weights in the browser's cache, median of ${OPENINGS}: ${median(times).toFixed(0)} ms`
}

/** Measure of an isolated page’s memory, which web.ts asks Chromium to take at once. */
interface MemoryMeasure {
  measureUserAgentSpecificMemory(): Promise<{
    readonly breakdown: readonly { readonly bytes: number; readonly attribution: readonly { readonly scope: string }[] }[]
  }>
}

/** Memory of a page with a model, after garbage was collected: by the kernels, or by the engine alone. */
async function memory(model: string, count: number, form: PrecisionForm): Promise<string> {
  const look = async (name: string): Promise<string[]> => {
    const { breakdown } = await (performance as unknown as Performance & MemoryMeasure).measureUserAgentSpecificMemory()
    const held = (scope: string): number =>
      breakdown.reduce((sum, { bytes, attribution }) => (attribution.some((one) => one.scope === scope) ? sum + bytes : sum), 0)
    return [
      name,
      ...[held('Window'), held('DedicatedWorkerGlobalScope'), await memoryNow()].map((bytes) => `${(bytes / 1e6).toFixed(0)} MB`),
    ]
  }
  const rows = [['images', 'page', 'its workers', 'all of the browser'], await look('before')]
  await using vision = await open({ model, engine, ...form })
  rows.push(await look('opened'))
  const sources = function* (): Generator<Blob> {
    for (let i = 0; i < count; i++) yield images[i % COUNT]!
  }
  let done = 0
  for await (const { error } of vision.stream(sources())) {
    if (error) throw error
    if (++done % Math.ceil(count / 2) === 0) rows.push(await look(String(done)))
  }
  return `Memory of ${asked.get('label')!} over ${count} images, streamed, by ${vision.engine.name}\n${table(rows)}`
}

/** Bytes that all processes of the browser hold: `web.ts` counts them, as the engine's waiting threads answer no page. */
declare const memoryNow: () => Promise<number>

const [model, rival, count, precision, calibration] = ['model', 'rival', 'memory', 'precision', 'calibration'].map(
  (name) => asked.get(name) ?? undefined,
)
function chosen(): Promise<string> {
  if (asked.has('search')) return storeSearchTable(Number(asked.get('search')))
  if (asked.has('weightBits')) return weightBitsTable('wasm in Chromium', createRuntime({ engine }))
  const form = { ...(precision && { precision: precision as PrecisionName }), ...(calibration !== undefined && { calibration }) }
  if (model && rival) return speed({ label: asked.get('label') ?? model, model, rival, form })
  return model && count ? memory(model, Number(count), form) : creation()
}
document.querySelector('pre')!.textContent = await chosen().catch((error: unknown) => `failed: ${String(error)}`)
document.body.dataset.done = ''
