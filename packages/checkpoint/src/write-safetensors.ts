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
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {}
  // Wide elements first keep every tensor aligned.
  const entries = Object.entries(tensors).sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT)
  let end = 0
  for (const [name, { dtype, shape, data }] of entries) {
    header[name] = { dtype: STORED[dtype], shape, data_offsets: [end, end + data.byteLength] }
    end += data.byteLength
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const head = new Uint8Array(8 + Math.ceil(json.byteLength / 8) * 8).fill(0x20)
  new DataView(head.buffer).setBigUint64(0, BigInt(head.byteLength - 8), true)
  head.set(json, 8)
  return [head, ...entries.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))]
}
