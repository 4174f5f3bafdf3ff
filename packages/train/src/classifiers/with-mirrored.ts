import type { ClassificationExamples } from './classification-examples.ts'

/**
 * Gives the mirrored images as examples of their own, after all the others, with the same classes: to train on, never to
 * evaluate on. Where there are none, the examples stay as they are.
 *
 * @param examples - images’, and what is known of the mirrored ones
 */
export function withMirrored({ mirrored, ...examples }: ClassificationExamples): ClassificationExamples {
  if (!mirrored) return examples
  return {
    ...examples,
    labels: joined(Int32Array, examples.labels, examples.labels),
    cls: joined(Float32Array, examples.cls, mirrored.cls),
    ...(examples.mean && { mean: joined(Float32Array, examples.mean, mirrored.mean!) }),
  }
}

function joined<A extends Int32Array | Float32Array>(kind: new (length: number) => A, first: A, second: A): A {
  const both = new kind(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
