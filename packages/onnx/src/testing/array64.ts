/** A tensor in float64, whatever its element type was: what the tests' own evaluator computes with. */
export interface Array64 {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

/** Number of elements. */
export const elementCount = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1)

/** Makes an array from a function of its index. */
export function generate(shape: readonly number[], element: (index: readonly number[]) => number): Array64 {
  const index = shape.map(() => 0)
  const data = new Float64Array(elementCount(shape))
  for (let i = 0; i < data.length; i++) {
    data[i] = element(index)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1
      if (index[axis]! < shape[axis]!) break
      index[axis] = 0
    }
  }
  return { shape, data }
}

/** The element at an index; where the array has fewer dimensions, or one of length one, it is stretched. */
export function at({ shape, data }: Array64, index: readonly number[]): number {
  const offset = index.length - shape.length
  return data[shape.reduce((sum, length, axis) => sum * length + (length === 1 ? 0 : index[axis + offset]!), 0)]!
}

/** The shape that shapes broadcast to. */
export function stretch(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map(({ length }) => length))
  return Array.from({ length: rank }, (_, axis) => {
    const lengths = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1)
    return lengths.find((length) => length !== 1) ?? 1
  })
}

/** Sums (or whatever `fold` does) over axes, which keep length one. */
export function fold(x: Array64, axes: readonly number[], start: number, combine: (a: number, b: number) => number): Array64 {
  const shape = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length))
  const result = { shape, data: new Float64Array(elementCount(shape)).fill(start) }
  generate(x.shape, (index) => {
    const to = shape.reduce((sum, length, axis) => sum * length + (length === 1 ? 0 : index[axis]!), 0)
    result.data[to] = combine(result.data[to]!, at(x, index))
    return 0
  })
  return result
}

/** Applies a function to the elements of arrays that broadcast. */
export function zip(f: (...values: number[]) => number, ...arrays: readonly Array64[]): Array64 {
  return generate(stretch(arrays.map(({ shape }) => shape)), (index) => f(...arrays.map((array) => at(array, index))))
}
