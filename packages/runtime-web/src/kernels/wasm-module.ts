// Writes modules of WebAssembly, byte by byte: as much of the format as the kernels need (WebAssembly specification, section 5).

/** Bytes of instructions. */
export type Code = readonly number[]

/** Type of a local variable. */
export type LocalType = 'i32' | 'v128'

const TYPES: Readonly<Record<LocalType, number>> = { i32: 0x7f, v128: 0x7b }

/** A function whose parameters are all i32. */
export interface WasmFunction {
  readonly name: string
  readonly parameters: number
  readonly locals: readonly LocalType[]
  readonly body: Code
}

/** The memory that a module imports as `env.memory`. */
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
const at = (offset: number): number[] => [2, ...unsigned(offset)]
const two =
  (operation: number) =>
  (a: Code, b: Code): Code => [...a, ...b, ...simd(operation)]

/** Instructions; operands come first, each the code that makes it. Vectors are of four numbers of 32 bits. */
export const op = {
  /** Any other instruction on vectors, by its number. */
  simd: (operation: number, ...operands: readonly Code[]): Code => [...operands.flat(), ...simd(operation)],
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)],
  integer: (value: number): Code => [0x41, ...signed(value)],
  plus: (a: Code, b: Code): Code => [...a, ...b, 0x6a],
  times: (a: Code, b: Code): Code => [...a, ...b, 0x6c],
  below: (a: Code, b: Code): Code => [...a, ...b, 0x49],
  /** Any other instruction on whole numbers, by its number. */
  whole: (operation: number, ...operands: readonly Code[]): Code => [...operands.flat(), operation],
  loadWhole: (address: Code, offset = 0): Code => [...address, 0x28, ...at(offset)],
  storeWhole: (address: Code, value: Code, offset = 0): Code => [...address, ...value, 0x36, ...at(offset)],
  /** Loads 16 bits, without a sign. */
  loadShort: (address: Code): Code => [...address, 0x2f, 1, 0],
  /** Adds to a local variable. */
  advance: (local: number, bytes: number): Code => [0x20, ...unsigned(local), 0x41, ...signed(bytes), 0x6a, 0x21, ...unsigned(local)],
  /** Repeats a body as long as the condition after it holds. */
  repeat: (body: Code, condition: Code): Code => [0x03, 0x40, ...body, ...condition, 0x0d, 0x00, 0x0b],
  choose: (condition: Code, then: Code, otherwise: Code = []): Code => [
    ...condition,
    0x04,
    0x40,
    ...then,
    ...(otherwise.length > 0 ? [0x05, ...otherwise] : []),
    0x0b,
  ],
  /** Any other instruction that loads, by its number. */
  loadBy: (operation: number, address: Code, offset: number): Code => [...address, ...simd(operation, ...at(offset))],
  load: (address: Code, offset = 0): Code => [...address, ...simd(0x00, ...at(offset))],
  /** Loads one number four times. */
  loadSplat: (address: Code, offset = 0): Code => [...address, ...simd(0x09, ...at(offset))],
  store: (address: Code, value: Code, offset = 0): Code => [...address, ...value, ...simd(0x0b, ...at(offset))],
  zero: simd(0x0c, ...Array.from({ length: 16 }, () => 0)) as Code,
  add: two(0xe4),
  subtract: two(0xe5),
  multiply: two(0xe6),
  divide: two(0xe7),
  /** The larger of two, where neither is NaN. */
  larger: two(0xeb),
  /** The smaller of two, where neither is NaN. */
  smaller: two(0xea),
  absolute: (a: Code): Code => [...a, ...simd(0xe0)],
  squareRoot: (a: Code): Code => [...a, ...simd(0xe3)],
  /** a b + c, rounded once where the processor has an instruction for it. */
  relaxedMultiplyAdd: (a: Code, b: Code, c: Code): Code => [...a, ...b, ...c, ...simd(0x105)],
  /** Products of 16 bytes, each two added up, in 16 bits. Those of the second are from 0 to 127: beyond, processors differ. */
  relaxedDotBytes: two(0x112),
  addIntegers: two(0xae),
  subtractIntegers: two(0xb1),
  multiplyIntegers: two(0xb5),
  shiftLeft: (a: Code, bits: number): Code => [...a, 0x41, ...signed(bits), ...simd(0xab)],
  /** Lanes of two vectors, 0 to 3 of the first and 4 to 7 of the second. */
  pick: (a: Code, b: Code, lanes: readonly number[]): Code => [
    ...a,
    ...b,
    ...simd(0x0d, ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte))),
  ],
} as const

/**
 * Encodes a module.
 *
 * @param functions - all of them exported
 * @param memory - that it imports
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
