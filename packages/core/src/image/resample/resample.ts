import type { Pixels } from '../pixels.ts'
import { PRECISION, type AxisWeights } from './axis-weights.ts'
import { loadKernels, type Kernels } from './resample-kernels.ts'

/** One pass over rows or columns. */
export interface Passes {
  /** [height][source width][3] to [height][output width][3]. */
  horizontal(source: Uint8Array, sourceWidth: number, height: number, axis: AxisWeights): Uint8Array
  /** [source height][width][3] to [output height][width][3]; positions of `axis` less `firstRow` are rows of the source. */
  vertical(source: Uint8Array, width: number, firstRow: number, axis: AxisWeights): Uint8Array
}

/** Options of {@link resampleInto}. */
export interface ResampleOptions {
  /** Order of the passes: it decides on which image the 8-bit rounding in between falls. Default: horizontal. */
  readonly verticalFirst?: boolean
  /** Functions that compute the passes. Default: the fastest that this engine has. */
  readonly passes?: Passes
}

/** Both passes, over only the rows and columns that the result needs. */
export function resampleInto(pixels: Pixels, horizontal: AxisWeights, vertical: AxisWeights, options: ResampleOptions = {}): Uint8Array {
  const { verticalFirst = false, passes = bestPasses() } = options
  const rows = rangeOf(vertical)
  const needed = pixels.data.subarray(rows.first * pixels.width * 3, (rows.first + rows.length) * pixels.width * 3)
  const shrinkHeight = (source: Uint8Array, width: number): Uint8Array =>
    vertical.identity ? source : passes.vertical(source, width, rows.first, vertical)
  if (!verticalFirst || horizontal.identity) {
    const narrow = horizontal.identity ? needed : passes.horizontal(needed, pixels.width, rows.length, horizontal)
    return vertical.identity ? new Uint8Array(narrow) : shrinkHeight(narrow, horizontal.starts.length)
  }
  const columns = rangeOf(horizontal)
  const cut = cutColumns(needed, pixels.width, rows.length, columns)
  const low = shrinkHeight(cut, columns.length)
  const shifted = { ...horizontal, starts: horizontal.starts.map((start) => start - columns.first) }
  return passes.horizontal(low, columns.length, vertical.starts.length, shifted)
}

/** The source positions that an axis reads. */
export function rangeOf({ starts, counts }: Pick<AxisWeights, 'starts' | 'counts'>): { readonly first: number; readonly length: number } {
  const last = starts.length - 1
  return { first: starts[0]!, length: starts[last]! + counts[last]! - starts[0]! }
}

function cutColumns(
  source: Uint8Array,
  width: number,
  height: number,
  { first, length }: { readonly first: number; readonly length: number },
): Uint8Array {
  if (length === width) return source
  const result = new Uint8Array(length * height * 3)
  for (let y = 0; y < height; y++) result.set(source.subarray((y * width + first) * 3, (y * width + first + length) * 3), y * length * 3)
  return result
}

let best: Passes | undefined

/** The fastest passes that this engine can run. */
function bestPasses(): Passes {
  return (best ??= wasmPasses(loadKernels()) ?? PLAIN_PASSES)
}

const HALF = 1 << (PRECISION - 1)

/** The passes in plain TypeScript. */
export const PLAIN_PASSES: Passes = {
  horizontal(source, sourceWidth, height, { starts, counts, weights, taps }) {
    const width = starts.length
    const result = new Uint8ClampedArray(width * height * 3)
    for (let y = 0, to = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let [red, green, blue] = [HALF, HALF, HALF]
        let from = (y * sourceWidth + starts[x]!) * 3
        for (let tap = x * taps, end = tap + counts[x]!; tap < end; tap++) {
          const weight = weights[tap]!
          red = (red + weight * source[from++]!) | 0
          green = (green + weight * source[from++]!) | 0
          blue = (blue + weight * source[from++]!) | 0
        }
        result[to++] = red >> PRECISION
        result[to++] = green >> PRECISION
        result[to++] = blue >> PRECISION
      }
    }
    return new Uint8Array(result.buffer)
  },
  vertical(source, width, firstRow, { starts, counts, weights, taps }) {
    const stride = width * 3
    const result = new Uint8ClampedArray(stride * starts.length)
    const sums = new Int32Array(stride)
    starts.forEach((start, y) => {
      sums.fill(HALF)
      for (let tap = 0; tap < counts[y]!; tap++) {
        const weight = weights[y * taps + tap]!
        const from = (start - firstRow + tap) * stride
        for (let i = 0; i < stride; i++) sums[i]! += weight * source[from + i]!
      }
      for (let i = 0; i < stride; i++) result[y * stride + i] = sums[i]! >> PRECISION
    })
    return new Uint8Array(result.buffer)
  },
}

/** Bytes that the kernels' memory may hold at once; taller images go through in strips. */
const STRIP = 1 << 20

/** The passes in WebAssembly SIMD, with the same bits; undefined where the engine has none. */
export function wasmPasses(kernels: Kernels | undefined): Passes | undefined {
  if (!kernels) return undefined
  return {
    horizontal(source, sourceWidth, height, axis) {
      const width = axis.starts.length
      const result = new Uint8Array(width * height * 3)
      const strip = Math.max(1, Math.min(height, Math.floor(STRIP / (sourceWidth * 3))))
      const halves = inHalves(axis)
      for (let y = 0; y < height; y += strip) {
        const rows = Math.min(strip, height - y)
        const input = source.subarray(y * sourceWidth * 3, (y + rows) * sourceWidth * 3)
        const target = result.subarray(y * width * 3, (y + rows) * width * 3)
        kernels.run('horizontal', { source: input, axis: halves, target }, [sourceWidth, rows, width, halves.taps])
      }
      return result
    },
    vertical(source, width, firstRow, axis) {
      const height = axis.starts.length
      const stride = width * 3
      const result = new Uint8Array(stride * height)
      for (let y = 0; y < height;) {
        // As many output rows as their source rows fit a strip.
        const first = axis.starts[y]!
        let end = y + 1
        while (end < height && (axis.starts[end]! + axis.counts[end]! - first) * stride <= STRIP) end++
        const rows = {
          starts: axis.starts.subarray(y, end).map((start) => start - first),
          counts: axis.counts.subarray(y, end),
          weights: axis.weights.subarray(y * axis.taps, end * axis.taps),
        }
        const lastRow = axis.starts[end - 1]! + axis.counts[end - 1]! - firstRow
        const input = source.subarray((first - firstRow) * stride, lastRow * stride)
        const target = result.subarray(y * stride, end * stride)
        kernels.run('vertical', { source: input, axis: rows, target }, [stride, end - y, axis.taps])
        y = end
      }
      return result
    },
  }
}

/**
 * Weights as the horizontal kernel takes them: rows of a multiple of four; of each four the lower 11 bits, then the rest, in
 * 16 bits each.
 */
function inHalves({ starts, counts, weights, taps: length }: AxisWeights): Omit<AxisWeights, 'identity'> {
  const taps = Math.ceil(length / 4) * 4
  const halves = new Int32Array(starts.length * taps)
  const parts = new Int16Array(halves.buffer)
  for (let x = 0; x < starts.length; x++) {
    for (let tap = 0; tap < length; tap++) {
      const weight = weights[x * length + tap]!
      const at = 2 * (x * taps + (tap & ~3)) + (tap & 3)
      parts[at] = weight & 0x7ff
      parts[at + 4] = weight >> 11
    }
  }
  return { starts, counts, weights: halves, taps }
}
