/**
 * The operators that dinokit's graphs are made of, with their attributes' types: name, attributes, and the number of
 * inputs and outputs are those of the ONNX specification, opset 20 (and onnxruntime's contrib operators).
 */
export interface OperatorAttributes {
  Add: NoAttributes
  Cast: { readonly to: number }
  Concat: { readonly axis: number }
  Div: NoAttributes
  Expand: NoAttributes
  Gather: { readonly axis?: number }
  Gelu: { readonly approximate?: 'none' | 'tanh' }
  Gemm: { readonly alpha?: number; readonly beta?: number; readonly transA?: 0 | 1; readonly transB?: 0 | 1 }
  Identity: NoAttributes
  LayerNormalization: { readonly axis?: number; readonly epsilon?: number }
  MatMul: NoAttributes
  Mul: NoAttributes
  MultiHeadAttention: { readonly num_heads: number; readonly scale?: number }
  Reshape: { readonly allowzero?: 0 | 1 }
  Shape: { readonly start?: number; readonly end?: number }
  Sigmoid: NoAttributes
  Slice: NoAttributes
  Softmax: { readonly axis?: number }
  Sub: NoAttributes
  Split: { readonly axis?: number; readonly num_outputs?: number }
  Transpose: { readonly perm: readonly number[] }
  Unsqueeze: NoAttributes
  Where: NoAttributes
}

/** Attributes of an operator that has none. */
export type NoAttributes = Readonly<Record<string, never>>

/** An operator's name. */
export type Operator = keyof OperatorAttributes

/** The domain of onnxruntime's own operators; every other operator is of the ONNX standard. */
export const CONTRIB_DOMAIN = 'com.microsoft'

/** The operators that only onnxruntime has. */
export const CONTRIB_OPERATORS: ReadonlySet<Operator> = new Set<Operator>(['MultiHeadAttention'])
