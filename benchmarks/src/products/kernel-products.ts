import { CONSTANTS_AT, createArithmetic, encodeModule, productFunction, type WasmFunction } from '@dinokit/runtime-web/kernels'
import { inBytes, MIDDLE, quantizeFunction, scaleFunction } from './byte-kernels.ts'
import { computeShare, DONE, FIELDS, JOB, TURN, type Job, type Kernel } from './share.ts'
import type { Contender, Shape } from './shapes.ts'

/** Arithmetic: `simd` multiplies, then adds; `relaxed` does both at once; `bytes` and `bytes-add` are sums of products of 8 bits. */
export type ArithmeticName = 'simd' | 'relaxed' | 'bytes' | 'bytes-add'

/** Sizes by which products are cut up. */
export interface Tuning {
  readonly arithmetic: ArithmeticName
  /** Rows, and vectors of four columns, whose sums are in registers; steps of the inner loop that are written out. */
  readonly rows: number
  readonly vectors: number
  readonly unroll: number
  /** Depth that is computed at once, so that a panel stays in the processor's first cache. */
  readonly piece: number
  /** Rows that are computed with all panels before the next are. */
  readonly together: number
}

/** Pages of 65,536 bytes: addresses below the first are those of jobs. */
const MEMORY_PAGES = 4096
const FIRST = 65_536

/** Kernels for some shapes, with threads. */
export interface Kernels {
  /** Prepares the products of some shape. */
  readonly prepare: (shape: Shape, matrices: readonly Float32Array[], tuning: Tuning) => Contender
  /** Ends the threads. */
  readonly end: () => void
}

/** Whether products are of bytes. */
const isOfBytes = ({ arithmetic }: Tuning): boolean => arithmetic.startsWith('bytes')

/** Numbers that a step of the inner loop takes. */
const together = (tuning: Tuning): number => (isOfBytes(tuning) ? 4 : 1)

/** Whole sums are of the whole depth. */
const pieceOf = ({ depth }: Shape, tuning: Tuning): number => (depth % tuning.piece === 0 && !isOfBytes(tuning) ? tuning.piece : depth)

/** Arithmetic of the kernels: they share the constants of these two. */
const ARITHMETIC = { simd: createArithmetic(false), relaxed: createArithmetic(true) } as const

/** The functions of a shape: the product, and where it is of bytes what comes before and after. */
function functionsOf(shape: Shape, tuning: Tuning): WasmFunction[] {
  const { depth, width } = shape
  const { arithmetic, rows, vectors, unroll } = tuning
  const [piece, step] = [pieceOf(shape, tuning), together(tuning)]
  const name = [arithmetic, rows, vectors, unroll, piece, depth, width].join('_')
  const used =
    arithmetic === 'relaxed' || arithmetic === 'simd' ? ARITHMETIC[arithmetic] : inBytes(ARITHMETIC.relaxed, arithmetic === 'bytes-add')
  const product = productFunction(used, name, {
    ...{ rows, vectors, unroll, depth: piece / step, leftRow: (4 * depth) / step, leftStep: 4, rightStep: 16 * vectors },
    ...{ rightPanel: (16 * vectors * piece) / step, resultRow: 4 * width },
  })
  if (step === 1) return [product]
  return [
    product,
    quantizeFunction(ARITHMETIC.relaxed, `quantize_${depth}`, depth),
    scaleFunction(ARITHMETIC.relaxed, `scale_${width}`, width),
  ]
}

/**
 * Compiles all kernels, and starts the threads.
 *
 * @param shapes - of products
 * @param tunings - ways to compute each
 * @param threads - this one counted
 */
export async function createKernels(shapes: readonly Shape[], tunings: readonly Tuning[], threads: number): Promise<Kernels> {
  const functions = new Map(
    shapes.flatMap((shape) => tunings.flatMap((tuning) => functionsOf(shape, tuning))).map((written) => [written.name, written]),
  )
  const shared = threads > 1
  const memory = new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: MEMORY_PAGES, shared })
  const module = new WebAssembly.Module(encodeModule([...functions.values()], { shared, mostPages: MEMORY_PAGES }))
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const names = [...functions.keys()]
  const kernels = names.map((name) => exports[name] as unknown as Kernel)
  const control = new Int32Array(memory.buffer, 0, 64)
  // Those of relaxed SIMD alone: the products of the other have none.
  const { constants } = ARITHMETIC.relaxed
  new Float32Array(memory.buffer, CONSTANTS_AT).set(constants.flatMap((value) => [value, value, value, value]))
  const helpers = await Promise.all(
    Array.from({ length: threads - 1 }, async (_, index) => {
      const worker = new Worker(new URL('./helper.ts', import.meta.url), { type: 'module' })
      const ready = new Promise((resolve) => worker.addEventListener('message', resolve, { once: true }))
      worker.postMessage({ module, memory, names, thread: index + 1, threads })
      await ready
      return worker
    }),
  )
  const compute = (job: Job): void => {
    FIELDS.forEach((field, at) => (control[JOB + at] = job[field]))
    if (shared) {
      Atomics.store(control, DONE, 0)
      Atomics.add(control, TURN, 1)
      Atomics.notify(control, TURN)
    }
    computeShare(kernels, job, 0, threads)
    while (shared && Atomics.load(control, DONE) < threads - 1);
  }
  return {
    prepare(shape, matrices, tuning) {
      const { rows, depth, width } = shape
      const [piece, step, across] = [pieceOf(shape, tuning), together(tuning), 4 * tuning.vectors]
      const blocks = Math.ceil(rows / tuning.rows)
      let free = FIRST
      const take = (bytes: number): number => (free += bytes) - bytes
      const from = take(4 * depth * blocks * tuning.rows)
      const left = step === 1 ? from : take(depth * blocks * tuning.rows)
      const scales = take(16 * blocks * tuning.rows)
      const result = take(4 * width * blocks * tuning.rows)
      const floats = (at: number, length: number): Float32Array => new Float32Array(memory.buffer, at, length)
      const [product, quantize, scale] = functionsOf(shape, tuning).map(({ name }) => names.indexOf(name)) as [number, number?, number?]
      const jobs = matrices.map((matrix): Job => {
        const [start, columns, right] = [take(4 * width), take(8 * width), take((4 / step) * depth * width)]
        if (step === 1) {
          floats(start, width).fill(0)
          pack(matrix, floats(right, depth * width), { depth, width, piece, across, step })
        } else {
          const levels = levelsOf(matrix, width)
          floats(columns, width).set(levels.scales)
          new Int32Array(memory.buffer, columns + 4 * width, width).set(levels.starts)
          pack(levels.levels, new Int8Array(memory.buffer, right, depth * width), { depth, width, piece, across, step })
        }
        return {
          ...{ product, left, right, result, blocks, scales, columns, from },
          start: step === 1 ? start : 0,
          quantize: quantize ?? -1,
          scale: scale ?? -1,
          rows: tuning.rows,
          panels: width / across,
          pieces: depth / piece,
          together: Math.ceil(tuning.together / tuning.rows),
          fromBlock: 4 * depth * tuning.rows,
          leftBlock: (4 / step) * depth * tuning.rows,
          leftPiece: (4 / step) * piece,
          rightPiece: (4 / step) * piece * width,
          resultBlock: 4 * width * tuning.rows,
        }
      })
      return {
        run: (x) => {
          floats(from, x.length).set(x)
          const firstRows = jobs.map((job) => {
            compute(job)
            return floats(result, width).slice()
          })
          return Promise.resolve(firstRows)
        },
        end: () => Promise.resolve(),
      }
    },
    end: () => helpers.forEach((worker) => worker.terminate()),
  }
}

interface Packing {
  readonly depth: number
  readonly width: number
  readonly piece: number
  readonly across: number
  readonly step: number
}

/** Lays a matrix [depth][width] out as [pieces][panels][steps of a piece][across][numbers of a step]. */
function pack<T extends Float32Array | Int8Array>(matrix: T, to: T, { depth, width, piece, across, step }: Packing): void {
  let at = 0
  for (let first = 0; first < depth; first += piece) {
    for (let panel = 0; panel < width; panel += across) {
      for (let k = first; k < first + piece; k += step) {
        for (let column = panel; column < panel + across; column++) {
          for (let i = k; i < k + step; i++) to[at++] = matrix[i * width + column]!
        }
      }
    }
  }
}

interface Levels {
  /** [depth][width], -127 to 127 */
  readonly levels: Int8Array
  /** [width] */
  readonly scales: Float32Array
  /** [width]: makes up for the middle of the other side. */
  readonly starts: Int32Array
}

/** Brings each column of [depth][width] to 255 levels. */
function levelsOf(matrix: Float32Array, width: number): Levels {
  const scales = new Float32Array(width)
  matrix.forEach((value, at) => (scales[at % width] = Math.max(scales[at % width]!, Math.abs(value) / 127)))
  const levels = Int8Array.from(matrix, (value, at) => Math.round(value / scales[at % width]!))
  const starts = new Int32Array(width)
  levels.forEach((level, at) => (starts[at % width]! -= MIDDLE * level))
  return { levels, scales, starts }
}
