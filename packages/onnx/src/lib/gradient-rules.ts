import type { Operator } from '../operators.ts'
import type { GradientRule } from './gradient-rule.ts'
import { ARITHMETIC_RULES } from './gradients/arithmetic.ts'
import { CONVOLUTION_RULES } from './gradients/convolution.ts'
import { ELEMENTWISE_RULES } from './gradients/elementwise.ts'
import { LAYOUT_RULES } from './gradients/layout.ts'
import { MATRIX_RULES } from './gradients/matrix.ts'
import { NORMALIZATION_RULES } from './gradients/normalization.ts'
import { REDUCTION_RULES } from './gradients/reduction.ts'
import { RESIZE_RULES } from './gradients/resize.ts'

/** An operator that graphs to be differentiated must do without, and what they can do instead. */
export interface NoRule {
  readonly instead: string
}

/** Every operator's rule. The type makes a new operator have one, or say that it has none. */
export const GRADIENT_RULES: { readonly [O in Operator]: GradientRule<O> | NoRule } = {
  ...ARITHMETIC_RULES,
  ...CONVOLUTION_RULES,
  ...ELEMENTWISE_RULES,
  ...LAYOUT_RULES,
  ...MATRIX_RULES,
  ...NORMALIZATION_RULES,
  ...REDUCTION_RULES,
  ...RESIZE_RULES,
  ConvTranspose: { instead: 'MatMul and Reshape where the stride is the kernel’s size, Resize and Conv otherwise' },
  DynamicQuantizeMatMul: { instead: 'Gemm: weights in 8 bits are for inference' },
  MatMulNBits: { instead: 'Gemm: weights in 8 bits are for inference' },
  MultiHeadAttention: { instead: 'attention written out: vitGraph’s fused: false' },
  ScatterElements: { instead: 'Where, or Gather and Concat' },
  TopK: { instead: 'ReduceMax' },
  ScatterND: { instead: 'Where, or Gather and Concat' },
}
