// The page that measure-products.ts opens: products of matrices by all who compute them in WebAssembly, in turns, or shares of operators.
import { open } from 'dinokit/browser'
import * as ort from 'onnxruntime-web/wasm'
import { median } from '../lib/median.ts'
import { table } from '../lib/table.ts'
import { createEngineProducts, ENGINE_OPERATORS } from './engine-products.ts'
import { createKernels, type ArithmeticName, type Tuning } from './kernel-products.ts'
import { createLitertProducts } from './litert-products.ts'
import { operatorShares } from './operator-shares.ts'
import { blockShapes, MATRICES, numbers, type Contender, type Shape } from './shapes.ts'

const asked = new URLSearchParams(location.search)
const list = (name: string, otherwise: string): string[] => (asked.get(name) ?? otherwise).split(',').filter(Boolean)
const THREADS = Number(asked.get('threads') ?? 1)
const ROUNDS = Number(asked.get('rounds') ?? 6)
/** Runs of a turn. */
const RUNS = Number(asked.get('runs') ?? 8)
/** Contender that all are compared with: what dinokit's graphs are computed by. */
const FIRST = 'Gemm'
/** Kernels, such as relaxed_5_2_4_384_48: arithmetic, rows and vectors of a block, steps written out, depth at once, rows together. */
const TUNINGS = list('tunings', 'simd_3_3_4_384_48,relaxed_5_2_4_384_48,bytes_5_2_4_384_48,bytes-add_5_2_4_384_48')

ort.env.wasm.numThreads = THREADS
ort.env.wasm.wasmPaths = '/ort/'
ort.env.logLevel = 'error'

function tuningOf(text: string): Tuning {
  const [arithmetic, ...sizes] = text.split('_')
  const [rows, vectors, unroll, piece, together] = sizes.map(Number) as [number, number, number, number, number]
  return { arithmetic: arithmetic as ArithmeticName, rows, vectors, unroll, piece, together }
}

function firstRow(x: Float32Array, matrix: Float32Array, { depth, width }: Shape): Float64Array {
  return Float64Array.from({ length: width }, (_, column) => {
    let sum = 0
    for (let k = 0; k < depth; k++) sum += x[k]! * matrix[k * width + column]!
    return sum
  })
}

/** Largest distance from the first row that plain loops give, as a share of the largest value there. */
function distance(actual: readonly Float32Array[], expected: readonly Float64Array[]): number {
  const largest = Math.max(...expected.map((row) => row.reduce((most, value) => Math.max(most, Math.abs(value)), 0)))
  return (
    Math.max(...expected.map((row, at) => row.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[at]![i]!)), 0))) / largest
  )
}

/** A contender by name: those of the kernels share a memory, and are laid out anew when their turn comes. */
type Entry = readonly [name: string, contender: () => Contender]

/** Milliseconds that the processor worked on this thread, or on all of the page's: `measure-products.ts` reads them. */
declare const processorTime: (all: boolean) => Promise<number | undefined>

/** The clock: of one thread the processor's time counts, so that other work on the machine does not. */
const now = async (): Promise<number> => (THREADS === 1 ? await processorTime(false) : undefined) ?? performance.now()

/** Milliseconds a product, of each contender's turns. They take turns, so that a machine that slows down slows all of them. */
async function times(entries: readonly Entry[], x: Float32Array, expected: readonly Float64Array[]): Promise<Map<string, number[]>> {
  const all = new Map<string, number[]>(entries.map(([name]) => [name, []]))
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, contender] of entries) {
      const { run } = contender()
      const off = distance(await run(x), expected)
      if (off > (/bytes|Quantize/.test(name) ? 0.02 : 1e-5)) throw new Error(`${name} is ${off} off`)
      const started = await now()
      for (let turn = 0; turn < RUNS; turn++) await run(x)
      if (round > 0) all.get(name)!.push(((await now()) - started) / RUNS / MATRICES)
    }
  }
  return all
}

async function productsTable(): Promise<string> {
  const shapes = list('batches', '1,4').flatMap((batch) =>
    list('dims', '384,192').flatMap((dim) => blockShapes(Number(dim), Number(batch))),
  )
  const kernels = await createKernels(shapes, TUNINGS.map(tuningOf), THREADS)
  const rows: string[][] = []
  const ratios = new Map<string, number[]>()
  for (const shape of shapes) {
    const x = numbers(shape.rows * shape.depth, 1)
    const matrices = Array.from({ length: MATRICES }, (_, seed) => numbers(shape.depth * shape.width, seed + 2))
    const expected = matrices.map((matrix) => firstRow(x, matrix, shape))
    const others: [string, Contender][] = []
    for (const operator of ENGINE_OPERATORS) others.push([operator, await createEngineProducts(shape, matrices, operator)])
    others.push(['LiteRT.js', await createLitertProducts(shape, matrices, THREADS)])
    const measured = await times(
      [
        ...others.map(([name, contender]): Entry => [name, () => contender]),
        ...TUNINGS.map((name): Entry => [name, () => kernels.prepare(shape, matrices, tuningOf(name))]),
      ],
      x,
      expected,
    )
    const best = Math.min(...measured.get(FIRST)!)
    if (rows.length === 0) rows.push(['product', ...measured.keys()])
    rows.push([
      `${shape.rows}x${shape.depth} by ${shape.width}`,
      ...Array.from(measured, ([name, values]) => {
        const ms = Math.min(...values)
        ratios.set(name, [...(ratios.get(name) ?? []), best / ms])
        const speed = (2e-6 * shape.rows * shape.depth * shape.width) / ms
        return `${ms.toFixed(2)} (${median(values).toFixed(2)}) ${speed.toFixed(1)} ${(best / ms).toFixed(2)} x`
      }),
    ])
  }
  kernels.end()
  rows.push([`median of ratios to ${FIRST}`, ...Array.from(ratios.values(), (all) => `${median(all).toFixed(2)} x`)])
  return `${THREADS} threads: ms${THREADS === 1 ? ' of the processor' : ''}, best (and median) of ${ROUNDS} turns of ${RUNS * MATRICES} products; billions of operations a second; times as fast as ${FIRST}\n${table(rows)}`
}

async function operatorsTable(card: string): Promise<string> {
  const shares = await operatorShares(card)
  const total = shares.reduce((sum, [, ms]) => sum + ms, 0)
  const rows = shares
    .filter(([, ms]) => ms > 0.001 * total)
    .map(([operator, ms]) => [operator, ms.toFixed(2), `${((100 * ms) / total).toFixed(1)} %`])
  return `${card}, ${THREADS} threads: a run of onnxruntime-web by operators, best of each node\n${table([['operator', 'ms', 'share'], ...rows, ['all', total.toFixed(2), '']])}`
}

/** Runs of a whole network by dinokit's kernels and by the engine. */
async function runsTable(model: string): Promise<string> {
  const side = 224
  const image = { data: Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * 7 + (i >> 9)) & 255), width: side, height: side }
  const found = new Map<string, { readonly wall: number[]; readonly processor: number[] }>()
  const visions = []
  const tokens: Float32Array[] = []
  for (const kernels of [false, true]) {
    const vision = await open({ model, engine: { device: 'wasm', threads: THREADS, replicas: 1, kernels } })
    visions.push(vision)
    found.set(vision.engine.name, { wall: [], processor: [] })
    tokens.push((await vision.embed(image)).patches.data)
    for (let run = 0; run < RUNS; run++) await vision.embed(image)
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const vision of visions) {
      const { wall, processor } = found.get(vision.engine.name)!
      const before = await processorTime(true)
      for (let run = 0; run < RUNS; run++) wall.push((await vision.embed(image)).timing.run)
      processor.push(((await processorTime(true))! - before!) / RUNS)
    }
  }
  const off = tokens[0]!.reduce((most, value, at) => Math.max(most, Math.abs(value - tokens[1]![at]!)), 0)
  for (const vision of visions) await vision.dispose()
  const rows = Array.from(found, ([name, { wall, processor }]) => [
    name,
    Math.min(...wall).toFixed(1),
    median(wall).toFixed(1),
    median(processor).toFixed(1),
  ])
  return `${model}, ${THREADS} threads: ms of a run; tokens are ${off.toExponential(1)} apart\n${table([['', 'best', 'median', 'processor, all of the page'], ...rows])}`
}

const [card, model] = [asked.get('operators'), asked.get('model')]
const chosen = card ? operatorsTable(card) : model ? runsTable(model) : productsTable()
document.querySelector('pre')!.textContent = await chosen.catch((error: unknown) => `failed: ${String(error)}`)
document.body.dataset.done = ''
