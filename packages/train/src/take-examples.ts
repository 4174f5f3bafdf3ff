import type { ClassificationExamples } from './classification-examples.ts'

/**
 * Some of the examples, in the order asked for.
 *
 * @param from - all of them
 * @param indices - which
 */
export function takeExamples(from: ClassificationExamples, indices: readonly number[]): ClassificationExamples {
  const rows = (data: Float32Array): Float32Array => {
    const width = data.length / from.labels.length
    const taken = new Float32Array(indices.length * width)
    indices.forEach((index, place) => taken.set(data.subarray(index * width, (index + 1) * width), place * width))
    return taken
  }
  return {
    ...from,
    labels: Int32Array.from(indices, (index) => from.labels[index]!),
    cls: rows(from.cls),
    ...(from.mean && { mean: rows(from.mean) }),
  }
}
