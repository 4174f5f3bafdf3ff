/**
 * Some of the rows of a matrix, copied, in the order asked for.
 *
 * @param data - [rows][width]
 * @param width - of a row
 * @param indices - which rows
 * @returns [indices][width]
 */
export function takeRows(data: Float32Array, width: number, indices: readonly number[]): Float32Array<ArrayBuffer> {
  const taken = new Float32Array(indices.length * width)
  indices.forEach((index, place) => taken.set(data.subarray(index * width, (index + 1) * width), place * width))
  return taken
}
