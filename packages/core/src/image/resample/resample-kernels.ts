import type { AxisWeights } from './axis-weights.ts'
import { instantiate, layOut } from './instantiate.ts'
import { RESAMPLE_WASM } from './resample-wasm.generated.ts'

/** The compiled kernels of assembly/resample.ts with a memory of their own. */
export interface Kernels {
  /**
   * Runs a kernel.
   *
   * @param kernel - its name
   * @param strip - what is resampled
   * @param sizes - the kernel's further arguments
   */
  run(kernel: 'horizontal' | 'vertical', strip: Strip, sizes: readonly number[]): void
}

/** Part of an image that fits the kernels' memory. */
interface Strip {
  /** Copied in. */
  readonly source: Uint8Array
  /** Weights, copied in. */
  readonly axis: Pick<AxisWeights, 'starts' | 'counts' | 'weights'>
  /** Copied out. */
  readonly target: Uint8Array
}

// eslint-disable-next-line max-params -- the compiled function's own signature: WebAssembly takes numbers alone
type Kernel = (source: number, starts: number, counts: number, weights: number, target: number, ...sizes: number[]) => void

interface Exports extends WebAssembly.Exports {
  readonly memory: WebAssembly.Memory
  readonly horizontal: Kernel
  readonly vertical: Kernel
}

/** Compiles the kernels; undefined where the engine has no WebAssembly SIMD, or a policy forbids it. */
export function loadKernels(): Kernels | undefined {
  const exports = instantiate(RESAMPLE_WASM) as Exports | undefined
  return exports && kernelsOf(exports)
}

function kernelsOf(exports: Exports): Kernels {
  return {
    run(kernel, { source, axis, target }, sizes) {
      const parts = [source, axis.starts, axis.counts, axis.weights, target]
      const { bytes, offsets } = layOut(
        exports.memory,
        parts.map(({ byteLength }) => byteLength),
      )
      parts.slice(0, 4).forEach((part, i) => bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offsets[i]))
      exports[kernel](...(offsets as [number, number, number, number, number]), ...sizes)
      target.set(bytes.subarray(offsets[4], offsets[4]! + target.byteLength))
    },
  }
}
