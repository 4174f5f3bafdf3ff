import type { AxisWeights } from './axis-weights.ts'
import { RESAMPLE_WASM } from './resample-wasm.generated.ts'

/** The compiled kernels of assembly/resample.ts with a memory of their own. */
export interface Kernels {
  /**
   * Runs a kernel.
   *
   * @param kernel - its name
   * @param source - copied in
   * @param axis - weights, copied in
   * @param sizes - the kernel's further arguments
   * @param target - copied out
   */
  run(
    kernel: 'horizontal' | 'vertical',
    source: Uint8Array,
    axis: Pick<AxisWeights, 'starts' | 'counts' | 'weights'>,
    sizes: readonly number[],
    target: Uint8Array,
  ): void
}

type Kernel = (source: number, starts: number, counts: number, weights: number, target: number, ...sizes: number[]) => void

const PAGE = 65_536

/** Compiles the kernels; undefined where the engine has no WebAssembly SIMD, or a policy forbids it. */
export function loadKernels(): Kernels | undefined {
  try {
    const bytes = Uint8Array.from(atob(RESAMPLE_WASM), (character) => character.charCodeAt(0))
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes))
    return kernelsOf(exports as unknown as { memory: WebAssembly.Memory; horizontal: Kernel; vertical: Kernel })
  } catch {
    return undefined
  }
}

function kernelsOf(exports: { readonly memory: WebAssembly.Memory; readonly horizontal: Kernel; readonly vertical: Kernel }): Kernels {
  const { memory } = exports
  return {
    run(kernel, source, axis, sizes, target) {
      const parts = [source, axis.starts, axis.counts, axis.weights, target]
      const offsets: number[] = []
      let end = 0
      for (const part of parts) {
        offsets.push(end)
        // Room for the vector that reads beyond the last pixel.
        end = Math.ceil((end + part.byteLength + 16) / 16) * 16
      }
      const missing = end - memory.buffer.byteLength
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE))
      const bytes = new Uint8Array(memory.buffer)
      parts.slice(0, 4).forEach((part, i) => bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offsets[i]))
      exports[kernel](...(offsets as [number, number, number, number, number]), ...sizes)
      target.set(bytes.subarray(offsets[4], offsets[4]! + target.byteLength))
    },
  }
}
