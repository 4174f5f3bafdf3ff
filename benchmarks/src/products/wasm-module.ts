// Writes modules of WebAssembly, byte by byte: as much of the format as kernels need, see the WebAssembly specification, section 5.

/** Bytes of instructions. */
export type Code = readonly number[]

/** Type of a local variable or a result. */
export type ValueType = 'i32' | 'f32' | 'v128'

const TYPES: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, v128: 0x7b }

/** A function whose parameters are all i32. */
export interface WasmFunction {
  readonly name: string
  readonly parameters: number
  readonly locals: readonly ValueType[]
  readonly body: Code
}

/** A memory that a module imports as `env.memory`. */
export interface WasmMemory {
  /** Whether workers share it. */
  readonly shared: boolean
  /** Most pages of 65,536 bytes. */
  readonly mostPages: number
}

/** Encodes a whole number that is not negative (LEB128). */
function unsigned(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) | 128)
  }
}

/** Encodes a whole number of 32 bits (signed LEB128). */
function signed(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value | 0; ; rest >>= 7) {
    if (rest >= -64 && rest < 64) return [...bytes, rest & 127]
    bytes.push((rest & 127) | 128)
  }
}

const simd = (operation: number, ...rest: number[]): number[] => [0xfd, ...unsigned(operation), ...rest]
const memory = (alignment: number, offset: number): number[] => [alignment, ...unsigned(offset)]

/** Instructions; operands come first, each the code that makes it. */
export const op = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)],
  integer: (value: number): Code => [0x41, ...signed(value)],
  add: (a: Code, b: Code): Code => [...a, ...b, 0x6a],
  multiply: (a: Code, b: Code): Code => [...a, ...b, 0x6c],
  less: (a: Code, b: Code): Code => [...a, ...b, 0x49],
  /** Repeats a body as long as the condition after it holds. */
  repeat: (body: Code, condition: Code): Code => [0x03, 0x40, ...body, ...condition, 0x0d, 0x00, 0x0b],
  load: (address: Code, offset = 0): Code => [...address, ...simd(0x00, ...memory(2, offset))],
  /** Four times the same 32 bits. */
  loadSplat: (address: Code, offset = 0): Code => [...address, ...simd(0x09, ...memory(2, offset))],
  store: (address: Code, value: Code, offset = 0): Code => [...address, ...value, ...simd(0x0b, ...memory(2, offset))],
  /** Sixteen bytes. */
  vector: (bytes: Uint8Array): Code => simd(0x0c, ...bytes),
  addFloats: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe4)],
  multiplyFloats: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe6)],
  /** a b + c, rounded once or twice, as the processor does it faster. */
  multiplyAdd: (a: Code, b: Code, c: Code): Code => [...a, ...b, ...c, ...simd(0x105)],
  addIntegers: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xae)],
  /** Sums of two products of 16 bits. */
  dotOfShorts: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xba)],
  /** Sums of two products of 8 bits; those of b are between 0 and 127. */
  dotOfBytes: (a: Code, b: Code): Code => [...a, ...b, ...simd(0x112)],
  /** Sums of four products of 8 bits, added to c; those of b are between 0 and 127. */
  dotOfBytesAdd: (a: Code, b: Code, c: Code): Code => [...a, ...b, ...c, ...simd(0x113)],
  toFloats: (integers: Code): Code => [...integers, ...simd(0xfa)],
  /** Whole numbers, towards 0. */
  truncate: (floats: Code): Code => [...floats, ...simd(0xf8)],
  absolute: (floats: Code): Code => [...floats, ...simd(0xe0)],
  divideFloats: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe7)],
  /** The larger of two, where neither is NaN. */
  larger: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xeb)],
  /** Vectors of 32 bits as one of 16, then of 16 bits as one of bytes without sign; what does not fit becomes the nearest that does. */
  toShorts: (a: Code, b: Code): Code => [...a, ...b, ...simd(0x85)],
  toBytes: (a: Code, b: Code): Code => [...a, ...b, ...simd(0x66)],
  /** The four lanes of a vector in another order. */
  reorder: (a: Code, lanes: readonly number[]): Code => [
    ...a,
    ...a,
    ...simd(0x0d, ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte))),
  ],
}

/**
 * Encodes a module.
 *
 * @param functions - all of them exported
 * @param shape - of the memory
 */
export function encodeModule(functions: readonly WasmFunction[], { shared, mostPages }: WasmMemory): Uint8Array<ArrayBuffer> {
  const list = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()]
  const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content]
  const text = (value: string): number[] => list(Array.from(new TextEncoder().encode(value), (byte) => [byte]))
  const types = functions.map(({ parameters }) => [0x60, ...list(Array.from({ length: parameters }, () => [TYPES.i32])), 0])
  const bodies = functions.map(({ locals, body }) => {
    const code = [...list(locals.map((type) => [1, TYPES[type]])), ...body, 0x0b]
    return [...unsigned(code.length), ...code]
  })
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(2, list([[...text('env'), ...text('memory'), 2, shared ? 3 : 1, 0, ...unsigned(mostPages)]])),
    ...section(3, list(functions.map((_, index) => unsigned(index)))),
    ...section(7, list(functions.map(({ name }, index) => [...text(name), 0, ...unsigned(index)]))),
    ...section(10, list(bodies)),
  ])
}
