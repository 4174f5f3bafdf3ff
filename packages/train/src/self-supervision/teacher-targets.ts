import type { GraphBuilder, Value } from '@dinokit/onnx'
import { scalar } from '../step/scalar.ts'

/**
 * A teacher’s logits as probabilities that use every prototype alike over the batch (Sinkhorn and Knopp's algorithm as
 * SwAV has it, arXiv 2006.09882; facebookresearch/dinov2, dinov2/loss/dino_clstoken_loss.py). Of one batch, all crops
 * together; nothing is kept from step to step.
 *
 * @param g - the graph
 * @param logits - [rows][prototypes]
 * @param temperature - of the teacher, one element
 * @param iterations - of normalizing columns, then rows. Default 3
 * @returns [rows][prototypes], each row's sum 1
 */
export function sinkhorn(g: GraphBuilder, logits: Value, temperature: Value, iterations = 3): Value {
  const scaled = g.apply('Div', [logits, temperature])
  // One factor for all, which the first division takes out again: exp of what is at most 0 can't overflow.
  let q = g.apply('Exp', [g.apply('Sub', [scaled, g.apply('ReduceMax', [scaled], { keepdims: 1 })])])
  const normalize = (axis: number): Value => {
    const sums = g.apply('ReduceSum', [q, g.integers(axis)], { keepdims: 1 })
    return g.apply('Div', [q, g.apply('Max', [sums, scalar(g, SMALLEST)])])
  }
  for (let iteration = 0; iteration < iterations; iteration++) {
    q = normalize(0)
    q = normalize(1)
  }
  return q
}

/** A prototype that no row of the batch comes near has sums of zero: it stays at zero. The smallest normal float32. */
const SMALLEST = 1.1754944e-38

/**
 * A teacher’s logits as probabilities, less a center (DINO, arXiv 2104.14294).
 *
 * @param g - the graph
 * @param logits - [rows][prototypes]
 * @param center - [1][prototypes], see {@link updateCenter}
 * @param temperature - of the teacher, one element
 * @returns [rows][prototypes], each row's sum 1
 */
export function centerTeacherLogits(g: GraphBuilder, logits: Value, center: Value, temperature: Value): Value {
  return g.apply('Softmax', [g.apply('Div', [g.apply('Sub', [logits, center]), temperature])], { axis: -1 })
}

/**
 * The center after a batch: the moving average of the teacher’s mean logits. The next batch uses it.
 *
 * @param g - the graph
 * @param center - [1][prototypes]
 * @param logits - [rows][prototypes]
 * @param momentum - how much is kept. Default 0.9
 */
export function updateCenter(g: GraphBuilder, center: Value, logits: Value, momentum = 0.9): Value {
  const mean = g.apply('ReduceMean', [logits, g.integers(0)], { keepdims: 1 })
  const kept = g.apply('Mul', [center, scalar(g, momentum)])
  return g.apply('Add', [kept, g.apply('Mul', [mean, scalar(g, 1 - momentum)])])
}
