/**
 * The operators that dinokit's graphs are made of, with their attributes' types: name, attributes, and the number of
 * inputs and outputs are those of the ONNX specification, opset 20 (and onnxruntime's contrib operators).
 */
export interface OperatorAttributes {
  Add: NoAttributes
  Cast: { readonly to: number }
  Concat: { readonly axis: number }
  Conv: ConvAttributes
  ConvTranspose: ConvAttributes
  Div: NoAttributes
  Exp: NoAttributes
  Expand: NoAttributes
  Gather: { readonly axis?: number }
  Gelu: { readonly approximate?: 'none' | 'tanh' }
  Gemm: { readonly alpha?: number; readonly beta?: number; readonly transA?: 0 | 1; readonly transB?: 0 | 1 }
  Identity: NoAttributes
  LayerNormalization: { readonly axis?: number; readonly epsilon?: number }
  MatMul: NoAttributes
  Mul: NoAttributes
  MultiHeadAttention: { readonly num_heads: number; readonly scale?: number }
  ReduceSum: { readonly keepdims?: 0 | 1 }
  Relu: NoAttributes
  Reshape: { readonly allowzero?: 0 | 1 }
  Resize: {
    readonly coordinate_transformation_mode?: 'align_corners' | 'asymmetric' | 'half_pixel' | 'pytorch_half_pixel'
    readonly mode?: 'cubic' | 'linear' | 'nearest'
  }
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

/** Attributes of convolutions: two numbers of each, of the vertical and the horizontal axis; pads: top, left, bottom, right. */
// A type rather than an interface: attributes are records of names.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type ConvAttributes = {
  readonly kernel_shape?: readonly number[]
  readonly pads?: readonly number[]
  readonly strides?: readonly number[]
}

/** Attributes of an operator that has none. */
export type NoAttributes = Readonly<Record<string, never>>

/** An operator's name. */
export type Operator = keyof OperatorAttributes

/** The domain of onnxruntime's own operators; every other operator is of the ONNX standard. */
export const CONTRIB_DOMAIN = 'com.microsoft'

/** The operators that only onnxruntime has. */
export const CONTRIB_OPERATORS: ReadonlySet<Operator> = new Set<Operator>(['MultiHeadAttention'])
