import { tensor, type AnyTensor, type DType } from '@dinokit/core'
import type * as Ort from 'onnxruntime-web'

/** A plain tensor as the engine's: not copied. */
export function toEngine(ort: typeof Ort, { dtype, data, shape }: AnyTensor): Ort.Tensor {
  return new ort.Tensor(dtype, data as Float32Array, shape)
}

/** The engine's tensor as a plain one, in memory of its own; what the engine holds is freed. */
export function fromEngine(output: Ort.Tensor): AnyTensor {
  const data = (output.data as Float32Array).slice()
  const plain = tensor(output.type as DType, data as never, [...output.dims]) as AnyTensor
  output.dispose()
  return plain
}
