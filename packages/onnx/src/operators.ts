/**
 * The operators that dinokit's graphs are made of, with their attributes' types: name, attributes, and the number of
 * inputs and outputs are those of the ONNX specification, opset 20 (and onnxruntime's contrib operators).
 */
export interface OperatorAttributes {
  Abs: NoAttributes
  Add: NoAttributes
  And: NoAttributes
  ArgMax: { readonly axis?: number; readonly keepdims?: 0 | 1 }
  BatchNormalization: { readonly epsilon?: number; readonly momentum?: number }
  Cast: { readonly to: number }
  CastLike: NoAttributes
  Clip: NoAttributes
  Concat: { readonly axis: number }
  Conv: ConvAttributes
  ConvTranspose: ConvAttributes & { readonly output_padding?: readonly number[] }
  Div: NoAttributes
  DynamicQuantizeMatMul: NoAttributes
  Equal: NoAttributes
  Erf: NoAttributes
  EyeLike: NoAttributes
  Exp: NoAttributes
  Expand: NoAttributes
  Gather: { readonly axis?: number }
  GatherElements: { readonly axis?: number }
  Gelu: { readonly approximate?: 'none' | 'tanh' }
  Gemm: { readonly alpha?: number; readonly beta?: number; readonly transA?: 0 | 1; readonly transB?: 0 | 1 }
  Greater: NoAttributes
  Identity: NoAttributes
  /** Outputs: y, and where they are asked for, mean and reciprocal of the spread. */
  LayerNormalization: { readonly axis?: number; readonly epsilon?: number }
  Less: NoAttributes
  Log: NoAttributes
  LogSoftmax: { readonly axis?: number }
  MatMul: NoAttributes
  MatMulNBits: {
    readonly K: number
    readonly N: number
    readonly bits: number
    readonly block_size: number
    readonly accuracy_level?: number
  }
  Max: NoAttributes
  Min: NoAttributes
  Mul: NoAttributes
  MultiHeadAttention: { readonly num_heads: number; readonly scale?: number }
  Neg: NoAttributes
  Not: NoAttributes
  Pad: { readonly mode?: 'constant' | 'edge' | 'reflect' | 'wrap' }
  Pow: NoAttributes
  Reciprocal: NoAttributes
  ReduceMax: ReduceAttributes
  ReduceMean: ReduceAttributes
  ReduceSum: ReduceAttributes
  Relu: NoAttributes
  Reshape: { readonly allowzero?: 0 | 1 }
  Resize: ResizeAttributes
  ScatterElements: { readonly axis?: number; readonly reduction?: 'none' | 'add' }
  ScatterND: { readonly reduction?: 'none' | 'add' }
  Shape: { readonly start?: number; readonly end?: number }
  Sigmoid: NoAttributes
  Sign: NoAttributes
  Size: NoAttributes
  Slice: NoAttributes
  Softmax: { readonly axis?: number }
  Softplus: NoAttributes
  Split: { readonly axis?: number; readonly num_outputs?: number }
  Sqrt: NoAttributes
  Squeeze: NoAttributes
  Sub: NoAttributes
  Tanh: NoAttributes
  TopK: { readonly axis?: number; readonly largest?: 0 | 1; readonly sorted?: 0 | 1 }
  Transpose: { readonly perm: readonly number[] }
  Unsqueeze: NoAttributes
  Where: NoAttributes
}

/** Attributes of convolutions over [batch][channels][height][width]; pads are top, left, bottom, right. */
export interface ConvAttributes {
  readonly dilations?: readonly number[]
  readonly group?: number
  readonly kernel_shape?: readonly number[]
  readonly pads?: readonly number[]
  readonly strides?: readonly number[]
}

/** Attributes of reductions; the axes are their second input. */
export interface ReduceAttributes {
  readonly keepdims?: 0 | 1
}

/** Attributes of Resize; its inputs are x, none, scales or none, sizes or none. */
export interface ResizeAttributes {
  readonly coordinate_transformation_mode?: 'half_pixel' | 'align_corners' | 'asymmetric' | 'pytorch_half_pixel'
  readonly cubic_coeff_a?: number
  readonly mode?: 'nearest' | 'linear' | 'cubic'
  readonly nearest_mode?: 'round_prefer_floor' | 'floor' | 'ceil'
}

/** Attributes of an operator that has none. */
export type NoAttributes = Readonly<Record<string, never>>

/** An operator's name. */
export type Operator = keyof OperatorAttributes

/** The domain of onnxruntime's own operators; every other operator is of the ONNX standard. */
export const CONTRIB_DOMAIN = 'com.microsoft'

/** The operators that only onnxruntime has. */
export const CONTRIB_OPERATORS: ReadonlySet<Operator> = new Set<Operator>(['DynamicQuantizeMatMul', 'MatMulNBits', 'MultiHeadAttention'])
