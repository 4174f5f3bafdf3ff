import { instantiate, layOut } from './resample/instantiate.ts'
import { YCBCR_WASM } from './resample/ycbcr-wasm.generated.ts'
import type { Pixels } from './pixels.ts'
import type { Size } from './size.ts'
import type { Region } from './region.ts'

/** Rows of bytes. */
export interface Plane {
  readonly data: Uint8Array
  /** From the beginning of a row to that of the next, in bytes. */
  readonly stride: number
}

/** An image as a JPEG file has it: full-range luma (Y), blueness (Cb) and redness (Cr), as in JFIF. */
export interface Ycbcr extends Size {
  /** Luma of every pixel. */
  readonly luma: Plane
  /** Cb and Cr of every pixel (4:4:4), or of every two by two (4:2:0). */
  readonly chroma: readonly [Plane, Plane]
  /** Whether chroma is of two by two pixels. */
  readonly subsampled: boolean
}

/** Output rows that are in the kernels' memory at once. */
const STRIP = 64

interface Exports extends WebAssembly.Exports {
  readonly memory: WebAssembly.Memory
  colors(luma: number, blueness: number, redness: number, target: number, columns: number): void
  doubled(near: number, far: number, sums: number, target: number, length: number): void
}

let loaded: { readonly kernels: Exports | undefined } | undefined

/**
 * Makes RGB of an image's planes, with the bits of libjpeg's own way: chroma of two by two pixels is spread by a triangle
 * filter (h2v2_fancy_upsample of jdsample.c), and colors are converted by jdcolor.c's integers.
 *
 * @param image - its planes
 * @param window - what is wanted of it; default all
 * @returns undefined where the engine has no WebAssembly SIMD
 */
export function ycbcrToRgb({ width, height, luma, chroma, subsampled }: Ycbcr, window?: Region): Pixels | undefined {
  const { kernels } = (loaded ??= { kernels: instantiate(YCBCR_WASM) as Exports | undefined })
  if (!kernels) return undefined
  const { left, top, width: columns, height: rows } = window ?? { left: 0, top: 0, width, height }
  const factor = subsampled ? 2 : 1
  const [chromaWidth, chromaHeight] = [Math.ceil(width / factor), Math.ceil(height / factor)]
  const data = new Uint8Array(columns * rows * 3)
  for (let start = 0; start < rows; start += STRIP) {
    const count = Math.min(STRIP, rows - start)
    const first = top + start
    /** Rows of chroma, with a row on both sides that the filter reads. */
    const firstChroma = subsampled ? Math.max(0, (first >> 1) - 1) : first
    const endChroma = subsampled ? Math.min(chromaHeight, ((first + count - 1) >> 1) + 2) : first + count
    const parts = [rowsOf(luma, width, first, first + count), ...chroma.map((plane) => rowsOf(plane, chromaWidth, firstChroma, endChroma))]
    const spread = chromaWidth * 2
    const { bytes, offsets } = layOut(kernels.memory, [
      ...parts.map(({ length }) => length),
      spread + 36,
      spread,
      spread,
      count * columns * 3 + 48,
    ])
    const [lumaAt, blueAt, redAt, sums, blueRow, redRow, target] = offsets as [number, number, number, number, number, number, number]
    parts.forEach((part, i) => bytes.set(part, offsets[i]))
    for (let row = 0; row < count; row++) {
      const y = first + row
      const from = lumaAt + row * luma.stride + left
      const to = target + row * columns * 3
      const at = (plane: 0 | 1, chromaRow: number): number =>
        (plane === 0 ? blueAt : redAt) + (chromaRow - firstChroma) * chroma[plane].stride
      if (!subsampled) {
        kernels.colors(from, at(0, y) + left, at(1, y) + left, to, columns)
        continue
      }
      const near = y >> 1
      const far = Math.min(chromaHeight - 1, Math.max(0, y % 2 ? near + 1 : near - 1))
      kernels.doubled(at(0, near), at(0, far), sums, blueRow, chromaWidth)
      kernels.doubled(at(1, near), at(1, far), sums, redRow, chromaWidth)
      kernels.colors(from, blueRow + left, redRow + left, to, columns)
    }
    data.set(bytes.subarray(target, target + count * columns * 3), start * columns * 3)
  }
  return { data, width: columns, height: rows }
}

/** Rows of a plane, the last without what follows its pixels. */
function rowsOf({ data, stride }: Plane, width: number, first: number, end: number): Uint8Array {
  return data.subarray(first * stride, (end - 1) * stride + width)
}
