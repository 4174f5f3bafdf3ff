import type { GraphBuilder, Value } from '@dinokit/onnx'
import { scalar, total } from '../step/scalar.ts'

/** Added to meters before the logarithm is taken, as the reference does. */
const EPSILON = 1e-3

/** log(depth + 0.001) - log(target + 0.001); 0 where there is no reading. */
function logDifference(g: GraphBuilder, depth: Value, target: Value, mask: Value): Value {
  const log = (meters: Value): Value => g.apply('Log', [g.apply('Add', [meters, scalar(g, EPSILON)])])
  return g.apply('Mul', [g.apply('Sub', [log(depth), log(target)]), mask])
}

/**
 * The scale-invariant loss sqrt(var + 0.15 mean^2) of log differences, over where there is a reading
 * (facebookresearch/dinov2, eval/depth/models/losses/sigloss.py; arXiv 1406.2283).
 *
 * @param g - the graph
 * @param depth - meters, [batch][height][width]
 * @param target - meters, [batch][height][width]; what the mask leaves out may be 0
 * @param mask - [batch][height][width], 1 where there is a reading
 */
export function sigLoss(g: GraphBuilder, depth: Value, target: Value, mask: Value): Value {
  const difference = logDifference(g, depth, target, mask)
  const count = total(g, mask)
  const mean = g.apply('Div', [total(g, difference), g.apply('Max', [count, scalar(g, 1)])])
  const spread = g.apply('Mul', [g.apply('Sub', [difference, mean]), mask])
  const others = g.apply('Max', [g.apply('Sub', [count, scalar(g, 1)]), scalar(g, 1)])
  const variance = g.apply('Div', [total(g, g.apply('Mul', [spread, spread])), others])
  const bias = g.apply('Mul', [g.apply('Mul', [mean, mean]), scalar(g, 0.15)])
  // The root's slope is infinite at 0: a batch without readings, or a perfect one, must not become NaN.
  return g.apply('Sqrt', [g.apply('Add', [g.apply('Add', [variance, bias]), scalar(g, 1e-12)])])
}

/** Strides at which gradients are compared, as the reference has them. */
const STRIDES = [1, 2, 4, 6]

/** Places of a batch of depth maps that have a reading. */
export interface DepthReadings {
  /** [batch][height][width], 1 where there is a reading. */
  readonly mask: Value
  /** Height and width of the maps. */
  readonly size: readonly [height: number, width: number]
}

/**
 * The multi-scale gradient loss: differences between log differences two pixels apart, at four strides
 * (facebookresearch/dinov2, eval/depth/models/losses/gradientloss.py; arXiv 1804.00607). The strides are those of rows and
 * columns.
 *
 * @param g - the graph
 * @param depth - meters, [batch][height][width]
 * @param target - meters, [batch][height][width]
 * @param readings - where there are readings; height and width, known before a run
 */
export function gradientLoss(g: GraphBuilder, depth: Value, target: Value, { mask, size }: DepthReadings): Value {
  const difference = logDifference(g, depth, target, mask)
  const losses = STRIDES.map((stride) => {
    const take = (value: Value): Value =>
      size.reduce((taken, length, axis) => {
        const indices = Array.from({ length: Math.ceil(length / stride) }, (_, index) => index * stride)
        return stride === 1 ? taken : g.apply('Gather', [taken, g.integers(...indices)], { axis: axis + 1 })
      }, value)
    const [values, readings] = [take(difference), take(mask)]
    const apart = [1, 2].map((axis) => {
      const cut = (value: Value, start: number, end: number): Value =>
        g.apply('Slice', [value, g.integers(start), g.integers(end), g.integers(axis)])
      const pair = (value: Value): [Value, Value] => [cut(value, 0, -2), cut(value, 2, Number.MAX_SAFE_INTEGER)]
      const both = g.apply('Mul', pair(readings))
      return total(g, g.apply('Mul', [g.apply('Abs', [g.apply('Sub', pair(values))]), both]))
    })
    return g.apply('Div', [g.apply('Add', [apart[0]!, apart[1]!]), g.apply('Max', [total(g, readings), scalar(g, 1)])])
  })
  return losses.reduce((sum, loss) => g.apply('Add', [sum, loss]))
}
