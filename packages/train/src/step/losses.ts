import type { Tensor } from '@dinokit/core'
import type { GraphBuilder, Value } from '@dinokit/onnx'
import { mean, scalar, total } from './scalar.ts'

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions {
  /** Number of classes. */
  readonly classes: number
  /** Labels that count for nothing. Default 255. */
  readonly ignore?: number
  /** Share of every label that is given to all classes alike. Default 0. */
  readonly smoothing?: number
  /** Weight of each class, [classes]. Default: all the same. */
  readonly weights?: Tensor
}

/** Defaults of {@link CrossEntropyOptions}. */
export const CROSS_ENTROPY_DEFAULTS = Object.freeze({ ignore: 255, smoothing: 0 }) satisfies Omit<CrossEntropyOptions, 'classes'>

/** Below any sum of weights of samples: keeps a batch without labels at a loss of zero. */
const TINY = 1e-12

/**
 * Softmax cross-entropy, the mean over what has a label (as `torch.nn.CrossEntropyLoss` computes it); 0 where nothing has.
 *
 * @param g - the graph
 * @param logits - [...][classes]
 * @param labels - int64 [...]
 * @param options - number of classes, ignored label, smoothing, weights
 */
export function crossEntropy(g: GraphBuilder, logits: Value, labels: Value, options: CrossEntropyOptions): Value {
  const { classes, ignore, smoothing } = { ...CROSS_ENTROPY_DEFAULTS, ...options }
  const column = g.apply('Unsqueeze', [labels, g.integers(-1)])
  const number = g.apply('Cast', [g.apply('Equal', [column, g.integers(...Array(classes).keys())])], { to: 1 })
  const valid = g.apply('Cast', [g.apply('Not', [g.apply('Equal', [column, g.integers(ignore)])])], { to: 1 })
  const weighted = (value: Value): Value => (options.weights ? g.apply('Mul', [value, g.constant(options.weights)]) : value)
  const targets = weighted(g.apply('Mul', [number, valid]))
  const count = g.apply('Max', [total(g, targets), scalar(g, TINY)])
  const logs = g.apply('LogSoftmax', [logits], { axis: -1 })
  const hard = total(g, g.apply('Mul', [targets, logs]))
  if (smoothing === 0) return g.apply('Neg', [g.apply('Div', [hard, count])])
  const even = total(g, g.apply('Mul', [weighted(valid), logs]))
  const blended = g.apply('Add', [g.apply('Mul', [hard, scalar(g, 1 - smoothing)]), g.apply('Mul', [even, scalar(g, smoothing / classes)])])
  return g.apply('Neg', [g.apply('Div', [blended, count])])
}

/**
 * Softmax cross-entropy with given probabilities, the mean over what has any: -sum(targets * log softmax) / sum(targets).
 * Rows of zeros count for nothing.
 *
 * @param g - the graph
 * @param logits - [...][classes]
 * @param targets - [...][classes], 0 or more
 */
export function softCrossEntropy(g: GraphBuilder, logits: Value, targets: Value): Value {
  const logs = g.apply('LogSoftmax', [logits], { axis: -1 })
  const sum = total(g, g.apply('Mul', [targets, logs]))
  return g.apply('Neg', [g.apply('Div', [sum, g.apply('Max', [total(g, targets), scalar(g, TINY)])])])
}

/**
 * Binary cross-entropy of logits (as `torch.nn.BCEWithLogitsLoss` computes it), the mean of all elements.
 *
 * @param g - the graph
 * @param logits - [...]
 * @param targets - [...], 0 to 1
 */
export function binaryCrossEntropy(g: GraphBuilder, logits: Value, targets: Value): Value {
  return mean(g, g.apply('Sub', [g.apply('Softplus', [logits]), g.apply('Mul', [logits, targets])]))
}

/**
 * The mean of squared differences.
 *
 * @param g - the graph
 * @param x - [...]
 * @param targets - [...]
 */
export function mseLoss(g: GraphBuilder, x: Value, targets: Value): Value {
  const difference = g.apply('Sub', [x, targets])
  return mean(g, g.apply('Mul', [difference, difference]))
}

/**
 * The mean of absolute differences, over where a mask is one.
 *
 * @param g - the graph
 * @param x - [...]
 * @param targets - [...]
 * @param mask - [...], 0 or 1
 */
export function l1Loss(g: GraphBuilder, x: Value, targets: Value, mask: Value): Value {
  const difference = g.apply('Mul', [g.apply('Abs', [g.apply('Sub', [x, targets])]), mask])
  return g.apply('Div', [total(g, difference), g.apply('Max', [total(g, mask), scalar(g, TINY)])])
}

/**
 * The smooth L1 loss, the mean of all elements: squares below one, absolute values above (arXiv 1504.08083).
 *
 * @param g - the graph
 * @param x - [...]
 * @param targets - [...]
 */
export function smoothL1(g: GraphBuilder, x: Value, targets: Value): Value {
  const size = g.apply('Abs', [g.apply('Sub', [x, targets])])
  const small = g.apply('Min', [size, scalar(g, 1)])
  // With s = min(|d|, 1): s^2 / 2 below one and |d| - 1/2 above are both s (|d| - s / 2).
  return mean(g, g.apply('Mul', [small, g.apply('Sub', [size, g.apply('Mul', [small, scalar(g, 0.5)])])]))
}

/**
 * One less the cosine of the angle between vectors, the mean over all of them.
 *
 * @param g - the graph
 * @param x - [...][dim]
 * @param targets - [...][dim]
 */
export function cosineLoss(g: GraphBuilder, x: Value, targets: Value): Value {
  const along = (a: Value, b: Value): Value => g.apply('ReduceSum', [g.apply('Mul', [a, b]), g.integers(-1)], { keepdims: 0 })
  const lengths = g.apply('Sqrt', [g.apply('Mul', [along(x, x), along(targets, targets)])])
  const cosine = g.apply('Div', [along(x, targets), g.apply('Max', [lengths, scalar(g, 1e-8)])])
  return g.apply('Sub', [scalar(g, 1), mean(g, cosine)])
}
