import { DinokitError } from '../contract/dinokit-error.ts'
import { isPixelMap } from '../contract/pixel-map.ts'
import type { Size } from '../image/size.ts'

/** Hint about a head that breaks the contract. */
export const HEAD_FAULT = 'This is a fault of the head: tell whoever wrote it.'

/** Depth to which nested objects are checked. */
const DEEPEST = 4

/**
 * Refuses an answer that can't be one: no object, numbers that are not finite, tensors whose shape and elements do not
 * fit, maps that are not of the source image's size.
 *
 * @throws DinokitError `head-failed`
 */
export function assertResult(head: string, result: unknown, source: Size): void {
  if (typeof result !== 'object' || result === null) throw failed(head, `with ${String(result)}`, 'an object of named values')
  assertValue({ head, source }, 'its answer', result, 0)
}

/** A head, and the size of the image that it answers for. */
interface Answering {
  readonly head: string
  readonly source: Size
}

function assertValue(answering: Answering, name: string, value: unknown, depth: number): void {
  const { head, source } = answering
  if (typeof value === 'number' && !Number.isFinite(value)) throw failed(head, `with ${value} for ${name}`, 'a finite number')
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || depth > DEEPEST) return
  if ('data' in value && 'shape' in value && Array.isArray(value.shape)) {
    assertTensor(head, name, value as { readonly data: ArrayLike<number>; readonly shape: readonly number[] })
    if (isPixelMap(value)) assertMap(head, name, value.shape, source)
    return
  }
  for (const [key, part] of Object.entries(value)) assertValue(answering, depth === 0 ? key : `${name}.${key}`, part, depth + 1)
}

function assertTensor(
  head: string,
  name: string,
  { data, shape }: { readonly data: ArrayLike<number>; readonly shape: readonly number[] },
): void {
  const size = shape.reduce((product, length) => product * length, 1)
  if (size !== data.length) {
    throw failed(head, `with ${name} of shape [${shape.join(', ')}] and ${data.length} elements`, `${size} elements`)
  }
  if (!(data instanceof Float32Array) || areFinite(data)) return
  throw failed(head, `with ${data.find((number) => !Number.isFinite(number))} in ${name}`, 'finite numbers')
}

const EXPONENT = 0x7f800000
/** The lowest bit of an exponent: added to one of only ones, it carries into the sign. */
const CARRY = 0x00800000

/** Maps have millions of numbers, so this looks at bits: Infinity and NaN alone have an exponent of only ones. */
function areFinite({ buffer, byteOffset, length }: Float32Array): boolean {
  const bits = new Int32Array(buffer, byteOffset, length)
  let carried = 0
  for (let i = 0; i < length; i++) carried |= (bits[i]! & EXPONENT) + CARRY
  return carried >= 0
}

function assertMap(head: string, name: string, shape: readonly number[], { width, height }: Size): void {
  if (shape.length === 2 && shape[0] === height && shape[1] === width) return
  throw failed(head, `with a map ${name} of shape [${shape.join(', ')}]`, `[${height}, ${width}], a value for every pixel of the source`)
}

function failed(head: string, given: string, expected: string): DinokitError {
  return new DinokitError('head-failed', `${head} answered ${given}.`, {
    given,
    expected,
    hint: HEAD_FAULT,
  })
}
