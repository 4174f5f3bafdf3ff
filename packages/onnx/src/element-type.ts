import type { DType } from '@dinokit/core'

/** ONNX's TensorProto.DataType of each element type (onnx/onnx.proto). */
export const ELEMENT_TYPE: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  uint16: 4,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
}

/** Bytes that one element takes. */
export const ELEMENT_BYTES: Readonly<Record<DType, number>> = {
  float32: 4,
  uint8: 1,
  uint16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
}
