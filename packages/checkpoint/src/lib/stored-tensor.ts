import { assertRange, DinokitError, type ByteSource } from '@dinokit/core'
import { fromBfloat16, fromFloat16 } from '../float16.ts'
import { elementCount } from '../computed-tensor.ts'
import { STORED_BYTES, type StoredDType, type StoredTensor } from '../tensor-file.ts'

/** Tensor as a file describes it: its elements lie in order from `offset` on. */
export interface ContiguousTensor extends Pick<StoredTensor, 'name' | 'shape'> {
  readonly dtype: StoredDType
  /** First byte, in the source. */
  readonly offset: number
}

/** A tensor whose elements lie in order at an offset of a source. The range has been checked. */
export function contiguousTensor(source: ByteSource, { name, dtype, shape, offset }: ContiguousTensor): StoredTensor {
  const count = elementCount(shape)
  const byteLength = count * STORED_BYTES[dtype]
  return {
    name,
    dtype,
    shape,
    byteLength,
    readBytes: async (start = 0, length = byteLength - start) => {
      assertRange(`${source.name}: tensor ${name}`, byteLength, start, length)
      return source.read(offset + start, length)
    },
    readFloat32: async (start = 0, end = count) => {
      const bytes = STORED_BYTES[dtype]
      const elements = await source.read(offset + start * bytes, (Math.min(end, count) - start) * bytes)
      return toFloat32(`${source.name}: tensor ${name}`, dtype, elements)
    },
  }
}

/**
 * Converts stored elements to float32.
 *
 * @throws DinokitError `tensor-invalid` where they are no floating-point numbers
 */
export function toFloat32(what: string, dtype: StoredDType, bytes: Uint8Array): Float32Array {
  // Bytes that fill their buffer were read for this alone; others are copied, as they may be a view of what the source keeps.
  const alone = bytes.byteLength === bytes.buffer.byteLength
  const own = alone ? bytes.buffer : new Uint8Array(bytes).buffer
  if (dtype === 'F32') return new Float32Array(own)
  if (dtype === 'F16') return fromFloat16(new Uint16Array(own))
  if (dtype === 'BF16') return fromBfloat16(new Uint16Array(own))
  if (dtype === 'F64') return Float32Array.from(new Float64Array(own))
  throw new DinokitError('tensor-invalid', `${what} is ${dtype}.`, { given: dtype, expected: 'F32, F16, BF16 or F64' })
}
