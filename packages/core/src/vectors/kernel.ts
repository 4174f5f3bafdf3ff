import { PRODUCTS_WASM } from './products-wasm.generated.ts'

/** Compiled functions of assembly/products.ts, with a memory of their own. */
export interface Kernel {
  readonly memory: WebAssembly.Memory
  // eslint-disable-next-line max-params -- the compiled function's own signature: WebAssembly takes numbers alone
  readonly products: (a: number, b: number, out: number, countA: number, countB: number, dim: number) => void
  // eslint-disable-next-line max-params -- as above
  readonly pairsAbove: (a: number, b: number, thresholds: number, out: number, countA: number, countB: number, dim: number) => number
}

const PAGE = 65_536

/**
 * Compiles the kernel.
 *
 * @returns undefined where the engine has no WebAssembly SIMD, or a policy forbids it
 */
export function loadKernel(): Kernel | undefined {
  try {
    const bytes = Uint8Array.from(atob(PRODUCTS_WASM), (character) => character.charCodeAt(0))
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Kernel
  } catch {
    return undefined
  }
}

let shared: Kernel | null | undefined

/** The kernel that all share: compiled once, where it is needed first; undefined where the engine has none. */
export function sharedKernel(): Kernel | undefined {
  shared ??= shared === undefined ? (loadKernel() ?? null) : null
  return shared ?? undefined
}

/**
 * Makes room in a kernel's memory.
 *
 * @param length - in numbers of 32 bits
 * @returns the memory as such numbers
 */
export function roomFor({ memory }: Kernel, length: number): Float32Array {
  const missing = 4 * length - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE))
  return new Float32Array(memory.buffer)
}

/** The smallest multiple that holds a count. */
export function upTo(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple
}

/** Lays vectors out with zeros behind each, and vectors of zeros behind them all. */
export function copyVectors(
  from: Float32Array,
  to: Float32Array,
  { dim, width, count }: { readonly dim: number; readonly width: number; readonly count: number },
): void {
  const given = from.length / dim
  if (width === dim) to.set(from)
  else {
    for (let i = 0; i < given; i++) {
      to.set(from.subarray(i * dim, (i + 1) * dim), i * width)
      to.fill(0, i * width + dim, (i + 1) * width)
    }
  }
  to.fill(0, given * width, count * width)
}
