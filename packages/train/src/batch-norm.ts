import type { GraphBuilder, Value } from '@dinokit/onnx'
import { scalar } from './lib/scalar.ts'

/** What {@link batchNorm} makes. */
export interface BatchNormValues {
  readonly y: Value
  /** The running statistics after this batch: [channels] each. */
  readonly runningMean: Value
  readonly runningVariance: Value
}

/** What {@link batchNorm} is computed from: [channels] each. */
export interface BatchNormInputs {
  readonly weight: Value
  readonly bias: Value
  readonly runningMean: Value
  readonly runningVariance: Value
}

/**
 * Batch normalisation in training (arXiv 1502.03167, as `torch.nn.BatchNorm2d` computes it), written out from
 * reductions: by the batch's own statistics, which enter the running ones by a tenth.
 *
 * @param g - the graph
 * @param x - [rows][channels]
 * @param inputs - weight, bias, running statistics
 * @param epsilon - added to the variance
 */
export function batchNorm(g: GraphBuilder, x: Value, inputs: BatchNormInputs, epsilon = 1e-5): BatchNormValues {
  const mean = (value: Value): Value => g.apply('ReduceMean', [value, g.integers(0)], { keepdims: 1 })
  const centre = mean(x)
  const centred = g.apply('Sub', [x, centre])
  const variance = mean(g.apply('Mul', [centred, centred]))
  const scale = g.apply('Div', [inputs.weight, g.apply('Sqrt', [g.apply('Add', [variance, scalar(g, epsilon)])])])
  const y = g.apply('Add', [g.apply('Mul', [centred, scale]), inputs.bias])
  const count = g.apply('Cast', [g.apply('Shape', [x], { start: 0, end: 1 })], { to: 1 })
  const unbiased = g.apply('Div', [
    g.apply('Mul', [variance, count]),
    g.apply('Max', [g.apply('Sub', [count, scalar(g, 1)]), scalar(g, 1)]),
  ])
  const blend = (old: Value, fresh: Value): Value =>
    g.apply('Add', [g.apply('Mul', [old, scalar(g, 0.9)]), g.apply('Mul', [g.apply('Reshape', [fresh, g.integers(-1)]), scalar(g, 0.1)])])
  return { y, runningMean: blend(inputs.runningMean, centre), runningVariance: blend(inputs.runningVariance, unbiased) }
}

/**
 * Batch normalisation by the running statistics, as in inference.
 *
 * @param g - the graph
 * @param x - [rows][channels]
 * @param inputs - weight, bias, running statistics
 * @param epsilon - added to the variance
 */
export function batchNormByRunning(g: GraphBuilder, x: Value, inputs: BatchNormInputs, epsilon = 1e-5): Value {
  const spread = g.apply('Sqrt', [g.apply('Add', [inputs.runningVariance, scalar(g, epsilon)])])
  const scale = g.apply('Div', [inputs.weight, spread])
  return g.apply('Add', [g.apply('Mul', [g.apply('Sub', [x, inputs.runningMean]), scale]), inputs.bias])
}
