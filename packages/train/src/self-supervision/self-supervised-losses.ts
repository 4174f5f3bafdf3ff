import type { GraphBuilder, Value } from '@dinokit/onnx'
import { rowLengths } from './row-lengths.ts'
import { mean, scalar } from '../step/scalar.ts'

/**
 * DINO’s loss: cross-entropy of every student crop with every teacher crop of the same image, the sum of the pairs, the
 * mean of the images (arXiv 2104.14294; facebookresearch/dinov2, dinov2/loss/dino_clstoken_loss.py).
 *
 * @param g - the graph
 * @param students - logits, [crops][images][prototypes]
 * @param targets - probabilities of the teacher, [teacher's crops][images][prototypes]
 * @param temperature - of the student. Default 0.1
 */
export function dinoLoss(g: GraphBuilder, students: Value, targets: Value, temperature = 0.1): Value {
  // Summed over the teacher's crops first, each student's logarithms are needed once.
  const together = g.apply('ReduceSum', [targets, g.integers(0)], { keepdims: 0 })
  const perImage = g.apply('ReduceSum', [crossTerms(g, students, together, temperature), g.integers(0)], { keepdims: 0 })
  return g.apply('Neg', [mean(g, perImage)])
}

/** Values of {@link ibotLoss} that belong to a batch. */
export interface IbotBatch {
  /** 1 / how many patches of its crop are masked, [masked]. */
  readonly weights: Value
  /** Number of crops, masked or not, one element. */
  readonly crops: Value
  /** Temperature of the student. Default 0.1. */
  readonly temperature?: number
}

/**
 * iBOT’s loss: cross-entropy of the student’s masked patches with the teacher’s view of the same patches, each crop’s
 * patches counting one together, the mean of the crops (arXiv 2111.07832; facebookresearch/dinov2,
 * dinov2/loss/ibot_patch_loss.py).
 *
 * @param g - the graph
 * @param students - logits of masked patches, [masked][prototypes]
 * @param targets - probabilities of the teacher, [masked][prototypes]
 * @param batch - weights of the patches, number of crops; the student's temperature
 */
export function ibotLoss(g: GraphBuilder, students: Value, targets: Value, { weights, crops, temperature = 0.1 }: IbotBatch): Value {
  const weighted = g.apply('Mul', [crossTerms(g, students, targets, temperature), weights])
  return g.apply('Neg', [g.apply('Div', [g.apply('ReduceSum', [weighted], { keepdims: 0 }), crops])])
}

/** Sum over prototypes of targets * log softmax(students / temperature). */
function crossTerms(g: GraphBuilder, students: Value, targets: Value, temperature: number): Value {
  const logs = g.apply('LogSoftmax', [g.apply('Mul', [students, scalar(g, 1 / temperature)])], { axis: -1 })
  return g.apply('ReduceSum', [g.apply('Mul', [targets, logs]), g.integers(-1)], { keepdims: 0 })
}

/** Added where the reference adds it: to lengths, to differences and to distances. */
const EPSILON = 1e-8

/**
 * KoLeo: spreads a batch out by the logarithm of each vector’s distance from its nearest neighbor, lengths aside
 * (arXiv 1806.03198; facebookresearch/dinov2, dinov2/loss/koleo_loss.py). Which one is nearest is not differentiated.
 *
 * @param g - the graph
 * @param x - [batch][dim], of one crop of each image; two or more
 */
export function koLeoLoss(g: GraphBuilder, x: Value): Value {
  const directions = g.apply('Div', [x, rowLengths(g, x, EPSILON)])
  const nearest = g.apply('ArgMax', [withoutSelf(g, directions)], { axis: 1, keepdims: 0 })
  const away = g.apply('Sub', [directions, g.apply('Gather', [directions, nearest], { axis: 0 })])
  const distances = rowLengths(g, g.apply('Add', [away, scalar(g, EPSILON)]), 0)
  return g.apply('Neg', [mean(g, g.apply('Log', [g.apply('Add', [distances, scalar(g, EPSILON)])]))])
}

/** Cosines of all pairs, [batch][batch]; far below -1 on the diagonal, so that none is its own neighbor. */
function withoutSelf(g: GraphBuilder, directions: Value): Value {
  const cosines = g.apply('MatMul', [directions, g.apply('Transpose', [directions], { perm: [1, 0] })])
  return g.apply('Sub', [cosines, g.apply('Mul', [g.apply('EyeLike', [cosines]), scalar(g, 4)])])
}
