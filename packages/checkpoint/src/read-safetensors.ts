import type { ByteSource } from '@dinokit/core'
import { repeatedKey } from './lib/repeated-key.ts'
import { foreignKind, invalid, unsafe } from './lib/refuse.ts'
import { elementCount } from './computed-tensor.ts'
import { contiguousTensor } from './lib/stored-tensor.ts'
import { STORED_BYTES, type StoredDType, type StoredTensor, type TensorFile } from './tensor-file.ts'

/** Longest header read, as in the reference implementation (huggingface/safetensors). */
const LONGEST_HEADER = 100_000_000

/**
 * Opens a safetensors file (huggingface/safetensors, the format's description). Its header is read and checked, none
 * of its tensors.
 *
 * @param source - of the file; closed with the result
 * @throws DinokitError `checkpoint-invalid` where it is damaged or no safetensors file, `checkpoint-unsafe` where its
 *   header lies, `file-unreadable`
 */
export async function readSafetensors(source: ByteSource): Promise<TensorFile> {
  const { name, size } = source
  const head = await source.read(0, Math.min(size, 64))
  const foreign = foreignKind(head)
  if (foreign) throw invalid(name, foreign, 'a safetensors file', 'Fetch the weights themselves.')
  if (size < 10) throw invalid(name, `has only ${size} bytes`, 'a safetensors file')
  const length = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true))
  if (length > size - 8) throw invalid(name, `says that its header has ${length} bytes`, `at most ${size - 8}: the file has ${size}`)
  if (length > LONGEST_HEADER) throw unsafe(name, `has a header of ${length} bytes`, `at most ${LONGEST_HEADER}`)
  const { entries, metadata } = parseHeader(name, await source.read(8, length))
  const tensors = new Map<string, StoredTensor>()
  const skipped = new Map<string, string>()
  let end = 0
  for (const { tensor, dtype, shape, start, stop } of entries.toSorted((a, b) => a.start - b.start || a.stop - b.stop)) {
    if (start !== end) throw unsafe(name, `places tensor ${tensor} at ${start}`, `${end}, where the one before it ends`)
    const bytes = isRead(dtype) ? elementCount(shape) * STORED_BYTES[dtype] : Math.ceil((elementCount(shape) * OTHER_BITS[dtype]) / 8)
    if (stop - start !== bytes)
      throw unsafe(name, `gives tensor ${tensor} ${stop - start} bytes`, `${bytes} for ${dtype} [${shape.join(', ')}]`)
    end = stop
    if (isRead(dtype)) tensors.set(tensor, contiguousTensor(source, { name: tensor, dtype, shape, offset: 8 + length + start }))
    else skipped.set(tensor, `a tensor of ${dtype}`)
  }
  if (8 + length + end !== size) throw invalid(name, `has ${size} bytes`, `${8 + length + end}: the header and its tensors`)
  return { name, format: 'safetensors', metadata, tensors, skipped, close: () => source.close() }
}

/** Element types that the format has and that are passed over here, in bits. */
const OTHER_BITS = {
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
  C64: 64,
} as const

type OtherDType = keyof typeof OTHER_BITS

function isRead(dtype: StoredDType | OtherDType): dtype is StoredDType {
  return Object.hasOwn(STORED_BYTES, dtype)
}

interface HeaderEntry {
  readonly tensor: string
  readonly dtype: StoredDType | OtherDType
  readonly shape: readonly number[]
  readonly start: number
  readonly stop: number
}

function parseHeader(name: string, bytes: Uint8Array): { entries: HeaderEntry[]; metadata: Record<string, string> } {
  let text: string
  let header: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    header = JSON.parse(text)
  } catch {
    throw invalid(name, 'has a header that is not JSON', 'a safetensors file')
  }
  if (!isRecord(header)) throw invalid(name, 'has a header that is not an object', 'a safetensors file')
  const twice = repeatedKey(text)
  if (twice !== undefined) throw unsafe(name, `describes ${twice} twice`, 'one description of each tensor')
  let metadata: Record<string, string> = {}
  const entries: HeaderEntry[] = []
  for (const [tensor, entry] of Object.entries(header)) {
    if (tensor === '__metadata__') metadata = parseMetadata(name, entry)
    else entries.push(parseEntry(name, tensor, entry))
  }
  return { entries, metadata }
}

function parseMetadata(name: string, entry: unknown): Record<string, string> {
  if (isRecord(entry) && Object.values(entry).every((value) => typeof value === 'string')) return entry as Record<string, string>
  throw invalid(name, 'has metadata that is not text by name')
}

function parseEntry(name: string, tensor: string, entry: unknown): HeaderEntry {
  if (!isRecord(entry)) throw invalid(name, `has no description of tensor ${tensor}`)
  const { dtype, shape, data_offsets: offsets } = entry
  if (typeof dtype !== 'string' || !(Object.hasOwn(STORED_BYTES, dtype) || Object.hasOwn(OTHER_BITS, dtype))) {
    throw invalid(
      name,
      `has tensor ${tensor} of element type ${String(dtype)}`,
      Object.keys(STORED_BYTES).join(', '),
      'This element type is not read here.',
    )
  }
  if (!isCounts(shape) || !Number.isSafeInteger(elementCount(shape) * 8))
    throw unsafe(name, `has tensor ${tensor} of shape ${JSON.stringify(shape)}`)
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!)
    throw unsafe(name, `places tensor ${tensor} at ${JSON.stringify(offsets)}`)
  return { tensor, dtype: dtype as HeaderEntry['dtype'], shape, start: offsets[0]!, stop: offsets[1]! }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= 64 && value.every((item) => Number.isSafeInteger(item) && item >= 0)
}
