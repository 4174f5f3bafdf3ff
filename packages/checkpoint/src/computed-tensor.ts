import { assertRange } from '@dinokit/core'
import type { StoredTensor } from './tensor-file.ts'

/**
 * A tensor that is computed when it is read, as float32.
 *
 * @param name - of the tensor
 * @param shape - of the result
 * @param read - gives the elements from `start` to before `end`, in an array of the caller's own
 * @param what - it, for messages
 */
export function computedTensor(
  name: string,
  shape: readonly number[],
  read: (start: number, end: number) => Promise<Float32Array>,
  what = `tensor ${name}`,
): StoredTensor {
  const count = elementCount(shape)
  return {
    name,
    dtype: 'F32',
    shape,
    byteLength: count * 4,
    readBytes: async (start = 0, length = count * 4 - start) => {
      assertRange(what, count * 4, start, length)
      const first = Math.floor(start / 4)
      const values = await read(first, Math.ceil((start + length) / 4))
      return new Uint8Array(values.buffer, values.byteOffset + start - first * 4, length)
    },
    readFloat32: async (start = 0, end = count) => read(start, Math.min(end, count)),
  }
}

/** Number of elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}
