import type { AnyTensor, DType } from '@dinokit/core'
import type { StoredDType } from './tensor-file.ts'

const STORED: Readonly<Record<DType, StoredDType>> = {
  float32: 'F32',
  float16: 'F16',
  uint8: 'U8',
  uint16: 'U16',
  bool: 'BOOL',
  int32: 'I32',
  int64: 'I64',
}

/** A tensor of a safetensors file that is to be written. */
export interface TensorDescription {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Length of its elements in bytes. */
  readonly byteLength: number
}

/**
 * Writes tensors as a safetensors file (huggingface/safetensors, the format's description).
 *
 * @param tensors - by name
 * @param metadata - text to keep beside them
 * @returns the file's bytes
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, AnyTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const chunks = safetensorsChunks(tensors, metadata)
  const file = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0))
  let offset = 0
  for (const chunk of chunks) {
    file.set(chunk, offset)
    offset += chunk.byteLength
  }
  return file
}

/**
 * The same file in parts, which are views of the tensors: for files too large to be held twice.
 *
 * @param tensors - by name
 * @param metadata - text to keep beside them
 * @returns the header, then each tensor's bytes
 */
export function safetensorsChunks(
  tensors: Readonly<Record<string, AnyTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  // Wide elements first keep every tensor aligned.
  const entries = Object.entries(tensors).sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT)
  const header = safetensorsHeader(
    entries.map(([name, { dtype, shape, data }]) => ({ name, dtype, shape, byteLength: data.byteLength })),
    metadata,
  )
  return [header, ...entries.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))]
}

/**
 * The beginning of a safetensors file whose tensors are written afterwards, one after the other: for those that do not fit
 * memory.
 *
 * @param tensors - in the order in which their elements will follow; wide elements first, so that all are aligned
 * @param metadata - text to keep beside them
 */
export function safetensorsHeader(tensors: readonly TensorDescription[], metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {}
  let end = 0
  for (const { name, dtype, shape, byteLength } of tensors) {
    header[name] = { dtype: STORED[dtype], shape, data_offsets: [end, end + byteLength] }
    end += byteLength
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const length = Math.ceil(json.byteLength / 8) * 8
  const bytes = new Uint8Array(8 + length).fill(0x20, 8 + json.byteLength)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true)
  bytes.set(json, 8)
  return bytes
}
