import type { ByteSource } from '@dinokit/core'
import { fromFloat16 } from './float16.ts'
import { invalid, unsafe } from './lib/refuse.ts'
import { computedTensor, elementCount } from './computed-tensor.ts'
import { contiguousTensor } from './lib/stored-tensor.ts'
import type { StoredDType, StoredTensor, TensorFile } from './tensor-file.ts'

const LARGEST_HEADER = 64_000_000
const MOST_ENTRIES = 100_000

/** ggml's numbers of element types that are read, and the names of others (ggml/include/ggml.h). */
const FLOATS: Readonly<Record<number, StoredDType>> = { 0: 'F32', 1: 'F16', 28: 'F64', 30: 'BF16' }
const Q8_0 = 8
const OTHERS: Readonly<Record<number, string>> = {
  2: 'Q4_0',
  3: 'Q4_1',
  6: 'Q5_0',
  7: 'Q5_1',
  9: 'Q8_1',
  10: 'Q2_K',
  11: 'Q3_K',
  12: 'Q4_K',
  13: 'Q5_K',
  14: 'Q6_K',
  15: 'Q8_K',
}

/** Q8_0: so many elements share a scale, which stands before them in 16 bits. */
const BLOCK = 32
const BLOCK_BYTES = 2 + BLOCK

/** Bytes of each kind of value, but for texts and lists. */
const VALUE_BYTES: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 }

/**
 * Opens a GGUF file (ggml's format, docs/gguf.md): float32, float16, bfloat16 and Q8_0 tensors; others are passed over by name. Its
 * header is read and checked, none of its tensors.
 *
 * @param source - of the file; closed with the result
 * @throws DinokitError `checkpoint-invalid` where it is damaged or of another version, `checkpoint-unsafe` where its header lies
 */
export async function readGguf(source: ByteSource): Promise<TensorFile> {
  const { name, size } = source
  const header = createCursor(name, await source.read(0, Math.min(size, LARGEST_HEADER)))
  header.skip(4)
  const version = header.u32()
  if (version !== 2 && version !== 3) throw invalid(name, `is GGUF of version ${version}`, 'version 2 or 3')
  const [tensorCount, valueCount] = [header.count(), header.count()]
  if (tensorCount > MOST_ENTRIES || valueCount > MOST_ENTRIES)
    throw unsafe(name, `says that it has ${tensorCount} tensors and ${valueCount} values`, `at most ${MOST_ENTRIES} of each`)
  const metadata: Record<string, string> = {}
  for (let i = 0; i < valueCount; i++) {
    const key = header.text()
    const value = readValue(header, header.u32())
    if (value !== undefined) Object.defineProperty(metadata, key, { value, enumerable: true, configurable: true, writable: true })
  }
  const entries = Array.from({ length: tensorCount }, () => readEntry(header))
  const alignment = Number(metadata['general.alignment'] ?? 32)
  if (!Number.isSafeInteger(alignment) || alignment < 1) throw unsafe(name, `aligns its tensors at ${alignment}`)
  const start = Math.ceil(header.at() / alignment) * alignment
  const tensors = new Map<string, StoredTensor>()
  const skipped = new Map<string, string>()
  for (const { tensor, shape, type, offset } of entries) {
    const dtype = Object.hasOwn(FLOATS, type) ? FLOATS[type] : undefined
    if (dtype) tensors.set(tensor, contiguousTensor(source, { name: tensor, dtype, shape, offset: start + offset }))
    else if (type === Q8_0) tensors.set(tensor, quantizedTensor(source, tensor, shape, start + offset))
    else skipped.set(tensor, `a tensor of ${OTHERS[type] ?? `ggml’s type ${type}`}`)
    const length = dtype ? tensors.get(tensor)!.byteLength : type === Q8_0 ? (elementCount(shape) / BLOCK) * BLOCK_BYTES : 0
    if (start + offset + length > size) throw invalid(name, `ends before tensor ${tensor} does`)
  }
  return { name, format: 'gguf', metadata, tensors, skipped, close: () => source.close() }
}

type Cursor = ReturnType<typeof createCursor>

function createCursor(name: string, bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const take = (length: number): number => {
    if (at + length > bytes.length) throw invalid(name, 'ends in its header')
    at += length
    return at - length
  }
  const count = (): number => {
    const value = view.getBigUint64(take(8), true)
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw unsafe(name, `counts to ${value} in its header`)
    return Number(value)
  }
  const cursor = {
    name,
    view,
    take,
    count,
    at: () => at,
    skip: (length: number): void => void take(length),
    u32: () => view.getUint32(take(4), true),
    text: () => new TextDecoder().decode(bytes.subarray(take(count()), at)),
  }
  return cursor
}

/** A value as text; undefined for lists, which say nothing that is needed here. */
function readValue(header: Cursor, type: number): string | undefined {
  if (type === 8) return header.text()
  if (type === 9) {
    const [of, length] = [header.u32(), header.count()]
    const bytes = VALUE_BYTES[of]
    if (bytes !== undefined) header.skip(length * bytes)
    else if (of === 8) for (let i = 0; i < length; i++) header.text()
    else throw unsafe(header.name, `has a list of values of kind ${of}`)
    return undefined
  }
  const bytes = VALUE_BYTES[type]
  if (bytes === undefined) throw unsafe(header.name, `has a value of kind ${type}`)
  const at = header.take(bytes)
  const { view } = header
  if (type === 6) return String(view.getFloat32(at, true))
  if (type === 12) return String(view.getFloat64(at, true))
  if (type === 10 || type === 11) return String(type === 10 ? view.getBigUint64(at, true) : view.getBigInt64(at, true))
  const signed = type === 1 || type === 3 || type === 5
  if (bytes === 1) return String(signed ? view.getInt8(at) : view.getUint8(at))
  if (bytes === 2) return String(signed ? view.getInt16(at, true) : view.getUint16(at, true))
  return String(signed ? view.getInt32(at, true) : view.getUint32(at, true))
}

function readEntry(header: Cursor): { tensor: string; shape: number[]; type: number; offset: number } {
  const tensor = header.text()
  const rank = header.u32()
  if (rank > 8) throw unsafe(header.name, `has tensor ${tensor} of ${rank} dimensions`)
  // The innermost comes first.
  const shape = Array.from({ length: rank }, () => header.count()).reverse()
  if (!Number.isSafeInteger(elementCount(shape) * 8)) throw unsafe(header.name, `has tensor ${tensor} of shape [${shape.join(', ')}]`)
  const type = header.u32()
  const offset = header.count()
  if (type === Q8_0 && (shape.at(-1) ?? 1) % BLOCK !== 0)
    throw invalid(header.name, `has tensor ${tensor} in Q8_0 with rows of ${shape.at(-1)}`, `multiples of ${BLOCK}`)
  return { tensor, shape, type, offset }
}

function quantizedTensor(source: ByteSource, name: string, shape: readonly number[], offset: number): StoredTensor {
  const read = async (start: number, end: number): Promise<Float32Array> => {
    const [first, last] = [Math.floor(start / BLOCK), Math.ceil(end / BLOCK)]
    const bytes = await source.read(offset + first * BLOCK_BYTES, (last - first) * BLOCK_BYTES)
    return dequantizeQ8(bytes).slice(start - first * BLOCK, end - first * BLOCK)
  }
  return computedTensor(name, shape, read, `${source.name}: tensor ${name}`)
}

/**
 * Converts blocks of ggml's Q8_0 to float32: 32 signed bytes behind a 16-bit float that multiplies them.
 *
 * @param bytes - whole blocks, of 34 bytes each
 */
export function dequantizeQ8(bytes: Uint8Array): Float32Array {
  const blocks = bytes.byteLength / BLOCK_BYTES
  const values = new Float32Array(blocks * BLOCK)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let block = 0; block < blocks; block++) {
    const at = block * BLOCK_BYTES
    const scale = fromFloat16(Uint16Array.of(view.getUint16(at, true)))[0]!
    for (let i = 0; i < BLOCK; i++) values[block * BLOCK + i] = scale * view.getInt8(at + 2 + i)
  }
  return values
}
