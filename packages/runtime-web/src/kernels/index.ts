// How kernels are written, for benchmarks of them. Sessions need none of it.
export { createArithmetic, CONSTANTS_AT, type Arithmetic } from './arithmetic.ts'
export { productFunction, type ProductForm } from './product-function.ts'
export { encodeModule, op, type Code, type LocalType, type WasmFunction, type WasmMemory } from './wasm-module.ts'
