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
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {}
  // Wide elements first keep every tensor aligned.
  const entries = Object.entries(tensors).sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT)
  let end = 0
  for (const [name, { dtype, shape, data }] of entries) {
    header[name] = { dtype: STORED[dtype], shape, data_offsets: [end, end + data.byteLength] }
    end += data.byteLength
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const length = Math.ceil(json.byteLength / 8) * 8
  const file = new Uint8Array(8 + length + end).fill(0x20, 8 + json.byteLength, 8 + length)
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true)
  file.set(json, 8)
  let offset = 8 + length
  for (const [, { data }] of entries) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset)
    offset += data.byteLength
  }
  return file
}
