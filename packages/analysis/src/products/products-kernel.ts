import { PRODUCTS_WASM } from './products-wasm.generated.ts'

/** Products of all vectors of one set with all of another. */
type Products = (a: Float32Array, b: Float32Array, dim: number) => Float32Array

interface Exports extends WebAssembly.Exports {
  readonly memory: WebAssembly.Memory
  // eslint-disable-next-line max-params -- the compiled function's own signature: WebAssembly takes numbers alone
  readonly products: (a: number, b: number, out: number, countA: number, countB: number, dim: number) => void
}

const PAGE = 65_536
/** Vectors of the first set that are in the kernel's memory at once. */
const BLOCK = 256

/**
 * Compiles the kernel of assembly/products.ts, with a memory of its own.
 *
 * @returns undefined where the engine has no WebAssembly SIMD, or a policy forbids it
 */
export function loadProducts(): Products | undefined {
  try {
    const bytes = Uint8Array.from(atob(PRODUCTS_WASM), (character) => character.charCodeAt(0))
    const exports = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Exports
    return (a, b, dim) => run(exports, a, b, dim)
  } catch {
    return undefined
  }
}

function run({ memory, products }: Exports, a: Float32Array, b: Float32Array, dim: number): Float32Array {
  const [countA, countB] = [a.length / dim, b.length / dim]
  const [width, across] = [upTo(dim, 4), upTo(countB, 2)]
  const result = new Float32Array(countA * countB)
  const [fromA, fromOut] = [across * width, (across + BLOCK) * width]
  const missing = 4 * (fromOut + BLOCK * across) - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE))
  const values = new Float32Array(memory.buffer)
  copyVectors(b, values, { dim, width, count: across })
  for (let start = 0; start < countA; start += BLOCK) {
    const count = Math.min(BLOCK, countA - start)
    copyVectors(a.subarray(start * dim, (start + count) * dim), values.subarray(fromA), { dim, width, count: upTo(count, 4) })
    products(4 * fromA, 0, 4 * fromOut, upTo(count, 4), across, width)
    for (let i = 0; i < count; i++) result.set(values.subarray(fromOut + i * across, fromOut + i * across + countB), (start + i) * countB)
  }
  return result
}

/** Lays vectors out with zeros behind each, and vectors of zeros behind them all. */
function copyVectors(
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

function upTo(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple
}
