import type { GraphBuilder, Value } from '@dinokit/onnx'
import { scalar } from '../step/scalar.ts'

/** Lengths of rows [rows][dim], as [rows][1]; at least `least`. */
export function rowLengths(g: GraphBuilder, x: Value, least: number): Value {
  const lengths = g.apply('Sqrt', [g.apply('ReduceSum', [g.apply('Mul', [x, x]), g.integers(-1)], { keepdims: 1 })])
  return least > 0 ? g.apply('Max', [lengths, scalar(g, least)]) : lengths
}
