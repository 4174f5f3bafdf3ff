import type { ClassificationExamples, ExampleVectors } from './classification-examples.ts'
import { takeRows } from './fit/take-rows.ts'

/**
 * Some of the examples, in the order asked for.
 *
 * @param from - all of them
 * @param indices - which
 */
export function takeExamples(from: ClassificationExamples, indices: readonly number[]): ClassificationExamples {
  const rows = (data: Float32Array): Float32Array => takeRows(data, data.length / from.labels.length, indices)
  const vectors = ({ cls, mean }: ExampleVectors): ExampleVectors => ({ cls: rows(cls), ...(mean && { mean: rows(mean) }) })
  return {
    ...from,
    labels: Int32Array.from(indices, (index) => from.labels[index]!),
    ...vectors(from),
    ...(from.mirrored && { mirrored: vectors(from.mirrored) }),
  }
}
