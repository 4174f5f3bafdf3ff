import { tensor } from '@dinokit/core'
import type { GraphBuilder, Value } from '@dinokit/onnx'

/** A number as a constant of a graph, of no dimensions. */
export function scalar(g: GraphBuilder, value: number): Value {
  return g.constant(tensor('float32', Float32Array.of(value), []))
}

/** The sum of all elements, of no dimensions. */
export function total(g: GraphBuilder, x: Value): Value {
  return g.apply('ReduceSum', [x], { keepdims: 0 })
}

/** The mean of all elements, of no dimensions. */
export function mean(g: GraphBuilder, x: Value): Value {
  return g.apply('ReduceMean', [x], { keepdims: 0 })
}
