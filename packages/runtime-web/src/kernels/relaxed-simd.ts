import { createArithmetic } from './arithmetic.ts'
import { encodeModule, op } from './wasm-module.ts'

/** Whether there are the relaxed instructions that kernels are written with. */
export function hasRelaxedSimd(): boolean {
  const { write, multiplyAdd } = createArithmetic(true)
  const probe = write('probe', 1, () => op.store(op.get(0), multiplyAdd(op.zero, op.zero, op.relaxedDotBytes(op.zero, op.zero))))
  return WebAssembly.validate(encodeModule([probe], { shared: false, mostPages: 1 }))
}
