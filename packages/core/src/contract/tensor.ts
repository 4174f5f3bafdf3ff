import { DinokitError } from './dinokit-error.ts'

/** The typed array that holds each element type. `float16` is kept as its raw 16 bits; `bool` as 0 or 1. */
export interface TensorArrays {
  float32: Float32Array
  float16: Uint16Array
  uint8: Uint8Array
  uint16: Uint16Array
  bool: Uint8Array
  int32: Int32Array
  int64: BigInt64Array
}

/** An element type, by its ONNX name. */
export type DType = keyof TensorArrays

/**
 * A plain, row-major (C order) tensor: a typed array and its shape. No engine owns it and nothing need be disposed.
 * `data.length` is the product of `shape`.
 */
export interface Tensor<T extends DType = 'float32'> {
  readonly dtype: T
  readonly data: TensorArrays[T]
  readonly shape: readonly number[]
}

/** A tensor of any element type. */
export type AnyTensor = { [T in DType]: Tensor<T> }[DType]

/**
 * Makes a tensor.
 *
 * @param dtype - element type
 * @param data - the elements, row-major; not copied
 * @param shape - the dimensions, outermost first
 * @throws DinokitError `tensor-invalid` where the shape does not multiply to the number of elements
 */
export function tensor<T extends DType>(dtype: T, data: TensorArrays[T], shape: readonly number[]): Tensor<T> {
  const size = shape.reduce((product, length) => product * length, 1)
  if (size !== data.length) {
    throw new DinokitError('tensor-invalid', `A tensor of shape [${shape.join(', ')}] was given ${data.length} elements.`, {
      given: `${data.length} elements`,
      expected: `${size} elements`,
    })
  }
  return { dtype, data, shape }
}
