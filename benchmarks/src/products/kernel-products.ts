import { MIDDLE, quantizeFunction, scaleFunction } from './byte-kernels.ts'
import { panelStep, productFunction, type Block } from './product-kernels.ts'
import { computeShare, DONE, FIELDS, JOB, TURN, type Job, type Kernel } from './share.ts'
import type { Contender, Shape } from './shapes.ts'
import { encodeModule, type WasmFunction } from './wasm-module.ts'

/** Sizes by which products are cut up. */
export interface Tuning {
  readonly block: Block
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
const inBytes = ({ block }: Tuning): boolean => block.arithmetic.startsWith('bytes')

/** Numbers that a step of the inner loop takes. */
const together = (tuning: Tuning): number => (inBytes(tuning) ? 4 : 1)

const pieceOf = ({ depth }: Shape, { piece }: Tuning): number => (depth % piece === 0 ? piece : depth)

/** The functions of a shape: the product, and where it is of bytes what comes before and after. */
function functionsOf(shape: Shape, tuning: Tuning): WasmFunction[] {
  const { depth, width } = shape
  const [piece, step] = [pieceOf(shape, tuning), together(tuning)]
  const { arithmetic, rows, vectors, unroll } = tuning.block
  const name = [arithmetic, rows, vectors, unroll, piece, depth, width].join('_')
  const product = productFunction(name, tuning.block, { depth: piece / step, left: (4 * depth) / step, result: 4 * width })
  return step === 1 ? [product] : [product, quantizeFunction(`quantize_${depth}`, depth), scaleFunction(`scale_${width}`, width)]
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
      const { block } = tuning
      const [piece, step, across] = [pieceOf(shape, tuning), together(tuning), 4 * block.vectors]
      const blocks = Math.ceil(rows / block.rows)
      let free = FIRST
      const take = (bytes: number): number => (free += bytes) - bytes
      const from = take(4 * depth * blocks * block.rows)
      const left = step === 1 ? from : take(depth * blocks * block.rows)
      const scales = take(16 * blocks * block.rows)
      const result = take(4 * width * blocks * block.rows)
      const floats = (at: number, length: number): Float32Array => new Float32Array(memory.buffer, at, length)
      const [product, quantize, scale] = functionsOf(shape, tuning).map(({ name }) => names.indexOf(name)) as [number, number?, number?]
      const jobs = matrices.map((matrix): Job => {
        const [start, columnScales, right] = [take(4 * width), take(4 * width), take((4 / step) * depth * width)]
        if (step === 1) {
          floats(start, width).fill(0)
          pack(matrix, floats(right, depth * width), { depth, width, piece, across, step })
        } else {
          const levels = levelsOf(matrix, width)
          floats(columnScales, width).set(levels.scales)
          new Int32Array(memory.buffer, start, width).set(levels.starts)
          pack(levels.levels, new Int8Array(memory.buffer, right, depth * width), { depth, width, piece, across, step })
        }
        return {
          ...{ product, left, right, result, start, blocks, scales, columnScales, from },
          quantize: quantize ?? -1,
          scale: scale ?? -1,
          rows: block.rows,
          panels: width / across,
          pieces: depth / piece,
          together: Math.ceil(tuning.together / block.rows),
          fromBlock: 4 * depth * block.rows,
          leftBlock: (4 / step) * depth * block.rows,
          leftPiece: (4 / step) * piece,
          rightPiece: (piece / step) * panelStep(block) * (width / across),
          resultBlock: 4 * width * block.rows,
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
