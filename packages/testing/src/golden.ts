import { hasShared, listOwn, listShared, ownAddress, readOwn, readShared, sharedAddress } from '#shared'

const ARRAYS = {
  F32: { dtype: 'float32', Array: Float32Array },
  F16: { dtype: 'float16', Array: Uint16Array },
  U8: { dtype: 'uint8', Array: Uint8Array },
  BOOL: { dtype: 'bool', Array: Uint8Array },
  I32: { dtype: 'int32', Array: Int32Array },
  I64: { dtype: 'int64', Array: BigInt64Array },
} as const

interface GoldenEntry {
  readonly dtype: keyof typeof ARRAYS
  readonly shape: number[]
  readonly data_offsets: [number, number]
}

/** A tensor of a golden file: the same shape as the core's, without importing what is under test. */
export type GoldenTensor = {
  [K in keyof typeof ARRAYS]: {
    readonly dtype: (typeof ARRAYS)[K]['dtype']
    readonly data: InstanceType<(typeof ARRAYS)[K]['Array']>
    readonly shape: readonly number[]
  }
}[keyof typeof ARRAYS]

/** The tensors of a golden file by name. */
export type Golden = Record<string, GoldenTensor>

/**
 * Reads a golden safetensors file with a reader of its own, so that what is tested never reads its own expectation.
 *
 * @param path - relative to `../shared/golden`
 */
export async function golden(path: string): Promise<Golden> {
  return parseGolden(await readShared(`golden/${path}`))
}

/** A folder of expected numbers by the reference implementations. */
export interface GoldenFolder {
  readonly name: string
  /** Whether it is here. The repository's own is always: a clone alone proves its numbers. */
  readonly present: boolean
  /** The names of the files of a folder in it, sorted. */
  list(folder: string): string[]
  /** The bytes of a file in it. */
  read(path: string): Promise<Uint8Array>
  /** The address of a file in it, which a runtime decodes or reads. */
  address(path: string): URL
  /** The tensors of a safetensors file in it. */
  tensors(path: string): Promise<Golden>
}

/** The repository's own numbers, made by the scripts in goldens/. */
export const ownGoldens: GoldenFolder = {
  name: 'goldens/numbers',
  present: true,
  list: listOwn,
  read: readOwn,
  address: ownAddress,
  tensors: async (path) => parseGolden(await readOwn(path)),
}

/** The larger set that lies beside the checkout. */
export const sharedGoldens: GoldenFolder = {
  name: '../shared/golden',
  present: hasShared,
  list: (folder) => listShared(`golden/${folder}`),
  read: (path) => readShared(`golden/${path}`),
  address: (path) => sharedAddress(`golden/${path}`),
  tensors: golden,
}

/** Both: tests of expected numbers run on each. */
export const goldenFolders: readonly GoldenFolder[] = [ownGoldens, sharedGoldens]

/**
 * Parses a small, trusted safetensors file.
 *
 * @param bytes - of the whole file
 */
export function parseGolden(bytes: Uint8Array): Golden {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<string, GoldenEntry>
  const tensors: Golden = {}
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const { dtype, Array } = ARRAYS[entry.dtype]
    const data = new Array(bytes.slice(8 + length + entry.data_offsets[0], 8 + length + entry.data_offsets[1]).buffer)
    tensors[name] = { dtype, data, shape: entry.shape } as GoldenTensor
  }
  return tensors
}

/**
 * The largest absolute difference between two arrays of one length; NaN anywhere gives infinity.
 *
 * @param actual - what was computed
 * @param expected - what the reference computed
 */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity
  let largest = 0
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!)
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference
  }
  return largest
}

/**
 * Where two arrays differ first.
 *
 * @param actual - what was computed
 * @param expected - what the reference computed
 * @returns an index, or -1 where they are equal
 */
export function firstDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const length = Math.max(actual.length, expected.length)
  for (let i = 0; i < length; i++) if (actual[i] !== expected[i]) return i
  return -1
}
