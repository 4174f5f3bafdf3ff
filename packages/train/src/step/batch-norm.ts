import type { GraphBuilder, Value } from '@dinokit/onnx'
import { scalar } from './scalar.ts'

/** Values of {@link batchNorm}. */
export interface BatchNormValues extends BatchNormStatistics {
  readonly y: Value
}

/** Running statistics after a batch: [channels] each. */
export interface BatchNormStatistics {
  readonly runningMean: Value
  readonly runningVariance: Value
}

/** Inputs of {@link batchNorm}: [channels] each. */
export interface BatchNormInputs {
  readonly weight: Value
  readonly bias: Value
  readonly runningMean: Value
  readonly runningVariance: Value
  /** A bias that x was made without: normalizing takes it away again, but it is part of the running mean. */
  readonly leftOut?: Value
}

/**
 * Batch normalization in training (arXiv 1502.03167, as `torch.nn.BatchNorm2d` computes it), written out from
 * reductions: by the batch's own statistics, which enter the running ones by a tenth.
 *
 * @param g - the graph
 * @param x - [rows][channels]
 * @param inputs - weight, bias, running statistics
 * @param epsilon - added to the variance
 */
export function batchNorm(g: GraphBuilder, x: Value, inputs: BatchNormInputs, epsilon = 1e-5): BatchNormValues {
  const { centered, scale, runningMean, runningVariance } = measure(g, x, inputs, epsilon)
  return { y: g.apply('Add', [g.apply('Mul', [centered, scale]), inputs.bias]), runningMean, runningVariance }
}

/** Matrix product that {@link batchNormMatMul} takes in. */
export interface NextProduct {
  /** [out][channels] */
  readonly weight: Value
  /** [out] */
  readonly bias: Value
}

/**
 * Batch normalization in training and the matrix product after it, as one product by a matrix that was scaled: the same
 * but for rounding. Neither the normalized rows nor their gradients are ever written down, and where x is what a network
 * begins with, its rows are many times wider than what they become.
 *
 * @param g - the graph
 * @param x - [rows][channels]
 * @param inputs - weight, bias, running statistics, and the product; `epsilon`, added to the variance, is 1e-5 by default
 * @returns y [rows][out]
 */
export function batchNormMatMul(
  g: GraphBuilder,
  x: Value,
  { next, epsilon = 1e-5, ...inputs }: BatchNormInputs & { readonly next: NextProduct; readonly epsilon?: number },
): BatchNormValues {
  const { center, scale, runningMean, runningVariance } = measure(g, x, inputs, epsilon)
  const shift = g.apply('Sub', [inputs.bias, g.apply('Mul', [center, scale])])
  const bias = g.apply('Add', [g.apply('MatMul', [shift, g.apply('Transpose', [next.weight], { perm: [1, 0] })]), next.bias])
  const weight = g.apply('Mul', [next.weight, scale])
  const y = g.apply('Gemm', [x, weight, g.apply('Reshape', [bias, g.integers(-1)])], { transB: 1 })
  return { y, runningMean, runningVariance }
}

/** Statistics of one batch: [1][channels] each, but for the running statistics. */
interface Measured extends BatchNormStatistics {
  readonly center: Value
  /** [rows][channels] */
  readonly centered: Value
  readonly scale: Value
}

function measure(g: GraphBuilder, x: Value, inputs: BatchNormInputs, epsilon: number): Measured {
  const mean = (value: Value): Value => g.apply('ReduceMean', [value, g.integers(0)], { keepdims: 1 })
  const center = mean(x)
  const centered = g.apply('Sub', [x, center])
  const variance = mean(g.apply('Mul', [centered, centered]))
  const scale = g.apply('Div', [inputs.weight, g.apply('Sqrt', [g.apply('Add', [variance, scalar(g, epsilon)])])])
  const count = g.apply('Cast', [g.apply('Shape', [x], { start: 0, end: 1 })], { to: 1 })
  const unbiased = g.apply('Div', [
    g.apply('Mul', [variance, count]),
    g.apply('Max', [g.apply('Sub', [count, scalar(g, 1)]), scalar(g, 1)]),
  ])
  const blend = (old: Value, fresh: Value): Value =>
    g.apply('Add', [g.apply('Mul', [old, scalar(g, 0.9)]), g.apply('Mul', [g.apply('Reshape', [fresh, g.integers(-1)]), scalar(g, 0.1)])])
  return {
    center,
    centered,
    scale,
    runningMean: blend(inputs.runningMean, inputs.leftOut ? g.apply('Add', [center, inputs.leftOut]) : center),
    runningVariance: blend(inputs.runningVariance, unbiased),
  }
}

/**
 * Batch normalization by the running statistics, as in inference.
 *
 * @param g - the graph
 * @param x - [rows][channels]
 * @param inputs - weight, bias, running statistics
 * @param epsilon - added to the variance
 */
export function batchNormInference(g: GraphBuilder, x: Value, inputs: BatchNormInputs, epsilon = 1e-5): Value {
  const spread = g.apply('Sqrt', [g.apply('Add', [inputs.runningVariance, scalar(g, epsilon)])])
  const scale = g.apply('Div', [inputs.weight, spread])
  return g.apply('Add', [g.apply('Mul', [g.apply('Sub', [x, inputs.runningMean]), scale]), inputs.bias])
}
