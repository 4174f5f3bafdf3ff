/** Length of the vector that starts at a place. */
export function lengthAt(data: Float32Array, start: number, dim: number): number {
  let sum = 0
  for (let i = start; i < start + dim; i++) sum += data[i]! ** 2
  return Math.sqrt(sum)
}
