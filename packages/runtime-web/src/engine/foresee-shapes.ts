import type { InferenceSession } from 'onnxruntime-web'

/** Shapes, by name. */
export type Shapes = Readonly<Record<string, readonly number[]>>

/**
 * Shapes that a graph says its float32 outputs will have: lengths that are numbers, or an input's by name, or such a one and
 * some, as in `patches + 1`. A name that inputs give different lengths is not believed, and none is where an input holds whole
 * numbers, which may be lengths themselves.
 *
 * @param about - the graph's inputs and outputs
 * @param given - shapes of the inputs
 * @returns of the outputs whose shapes are known
 */
export function foreseeShapes(
  { inputMetadata, outputMetadata }: Pick<InferenceSession, 'inputMetadata' | 'outputMetadata'>,
  given: Readonly<Record<string, { readonly shape: readonly number[] }>>,
): Shapes {
  const lengths = new Map<string, number>()
  const inputs = inputMetadata.filter((input) => input.isTensor)
  if (!inputs.some(({ type }) => type.startsWith('int'))) {
    for (const { name, shape } of inputs) {
      shape.forEach((length, axis) => {
        if (typeof length !== 'string') return
        const actual = given[name]?.shape[axis] ?? NaN
        lengths.set(length, (lengths.get(length) ?? actual) === actual ? actual : NaN)
      })
    }
  }
  const lengthOf = (said: string): number => {
    const [, name = '', more = '0'] = /^(\w+)(?: \+ (\d+))?$/.exec(said) ?? []
    return (lengths.get(name) ?? NaN) + Number(more)
  }
  return Object.fromEntries(
    outputMetadata.flatMap((output) => {
      if (!output.isTensor || output.type !== 'float32') return []
      const shape = output.shape.map((length) => (typeof length === 'string' ? lengthOf(length) : length))
      return shape.every((length) => length > 0) ? [[output.name, shape]] : []
    }),
  )
}
