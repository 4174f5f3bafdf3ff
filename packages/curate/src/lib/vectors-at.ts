/**
 * Copies some vectors, one after the other.
 *
 * @param data - [vectors][width]
 * @param width - of a vector
 * @param rows - which, in this order
 */
export function vectorsAt(data: Float32Array, width: number, rows: ArrayLike<number>): Float32Array {
  const result = new Float32Array(rows.length * width)
  for (let place = 0; place < rows.length; place++)
    result.set(data.subarray(rows[place]! * width, (rows[place]! + 1) * width), place * width)
  return result
}
