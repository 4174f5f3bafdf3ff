import type { DType } from '@dinokit/core'

/** An element type of a weight: what tensors have, and signed bytes, which stay inside the engine. */
export type WeightType = DType | 'int8'

/** ONNX's TensorProto.DataType of each element type (onnx/onnx.proto). */
export const ELEMENT_TYPE: Readonly<Record<WeightType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
}

/** Bytes that one element takes. */
export const ELEMENT_BYTES: Readonly<Record<WeightType, number>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
}
