import type { Bytes, Floats, Run, Value } from './plan.ts'

/** Rows behind the last that kernels may read or write. */
const SLACK = 24

/**
 * Number of elements.
 *
 * @param shape - of an array
 */
export const count = (shape: readonly number[]): number => shape.reduce((all, length) => all * length, 1)

/** Adds a value to those of a run. */
export function put({ values }: Run, name: string, value: Value): void {
  if ('piece' in value) value.piece.uses++
  values.set(name, value)
}

/** Takes memory for numbers of a shape, until they were read. */
export const take = ({ store }: Run, shape: readonly number[]): Floats => ({
  kind: 'floats',
  shape,
  piece: { ...store.take(4 * (count(shape) + SLACK * shape.at(-1)!)), uses: 0 },
})

/** Numbers of a value; valid until memory is taken. */
export const view = ({ store }: Run, { piece, shape }: Floats): Float32Array => store.floats(piece.at, count(shape))

/**
 * A value of a run.
 *
 * @throws Error where it is not there, or of another kind
 */
export function valueOf<K extends Value['kind']>({ values }: Run, name: string, kind: K): Extract<Value, { readonly kind: K }> {
  const value = values.get(name)
  if (value?.kind !== kind) throw new Error(`${name} is ${value ? `of ${value.kind}, not of ${kind}` : 'not there'}`)
  return value as Extract<Value, { readonly kind: K }>
}

/** Numbers of a run, see {@link valueOf}. */
export const floatsOf = (run: Run, name: string): Floats => valueOf(run, name, 'floats')
/** Whole numbers of a shape, see {@link valueOf}. */
export const integersOf = (run: Run, name: string): readonly number[] => valueOf(run, name, 'integers').values

/**
 * Images, or numbers.
 *
 * @throws Error where it is neither
 */
export function arrayOf({ values }: Run, name: string): Bytes | Floats {
  const value = values.get(name)
  if (value?.kind !== 'bytes' && value?.kind !== 'floats') throw new Error(`${name} is no array`)
  return value
}
