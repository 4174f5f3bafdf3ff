/** Length of a dimension, or undefined where only a run knows it. */
export type Dimension = number | undefined

/** Lengths of a value's dimensions, outermost first. */
export type Shape = readonly Dimension[]

/** Shape and values that are known before any run. */
export interface Inferred {
  /** Undefined where not even the number of dimensions is known. */
  readonly shape: Shape | undefined
  /** The elements of a vector or scalar of integers (a shape, axes), as far as they are known. */
  readonly integers?: readonly Dimension[]
}

/** Nothing is known. */
export const UNKNOWN: Inferred = { shape: undefined }

/**
 * The shape that two shapes broadcast to. A dimension of unknown length is taken to be its counterpart's, or longer than
 * one where its counterpart is one: a dynamic dimension is never stretched.
 */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const [left, right] = [a, b].map((shape) => {
      const index = axis - rank + shape.length
      return index < 0 ? 1 : shape[index]
    })
    if (left === 1) return right
    return right === 1 ? left : (left ?? right)
  })
}

/** An axis counted from the front. */
export function fromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis
}

/** The product of lengths, where all are known. */
export function product(lengths: Shape): Dimension {
  return lengths.reduce<Dimension>((size, length) => (size === undefined || length === undefined ? undefined : size * length), 1)
}
