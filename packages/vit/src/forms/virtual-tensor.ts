import { computedTensor, elementCount, type StoredTensor } from '@dinokit/checkpoint'

/**
 * Tensors one after the other along their first axis, as one.
 *
 * @param parts - of shapes that differ in the first axis alone
 */
export function joinedTensors(parts: readonly StoredTensor[]): StoredTensor {
  const [first] = parts as [StoredTensor]
  const rows = parts.reduce((sum, { shape }) => sum + shape[0]!, 0)
  return computedTensor(first.name, [rows, ...first.shape.slice(1)], async (start, end) => {
    const joined = new Float32Array(end - start)
    let offset = 0
    for (const part of parts) {
      const count = elementCount(part.shape)
      const [from, to] = [Math.max(start - offset, 0), Math.min(end - offset, count)]
      if (from < to) joined.set(await part.readFloat32(from, to), offset + from - start)
      offset += count
    }
    return joined
  })
}

/**
 * Some rows of a tensor, the first axis counted in rows of all the others.
 *
 * @param stored - to take them from, of a last axis as long as a row
 * @param ranges - rows from, to before
 * @param shape - of the result
 */
export function rowsOf(
  stored: StoredTensor,
  ranges: readonly (readonly [from: number, to: number])[],
  shape: readonly number[],
): StoredTensor {
  const width = stored.shape.at(-1)!
  const parts = ranges.map(([from, to]) =>
    computedTensor(stored.name, [to - from, width], (start, end) => stored.readFloat32(from * width + start, from * width + end)),
  )
  return { ...joinedTensors(parts), shape }
}

/** The sum of two tensors of as many elements, in the shape of the first. */
export function sumOf(a: StoredTensor, b: StoredTensor): StoredTensor {
  return computedTensor(a.name, a.shape, async (start, end) => {
    const [left, right] = await Promise.all([a.readFloat32(start, end), b.readFloat32(start, end)])
    return left.map((value, i) => value + right[i]!)
  })
}

/** Zeros, where a model leaves a bias out. */
export function zeros(name: string, shape: readonly number[]): StoredTensor {
  return computedTensor(name, shape, (start, end) => Promise.resolve(new Float32Array(end - start)))
}
