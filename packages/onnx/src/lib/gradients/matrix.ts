import type { Value } from '../../graph.ts'
import type { GradientRule, GradientRules } from '../gradient-rule.ts'

const matMul: GradientRule<'MatMul'> = ({ g, dy, inputs, outputs: [y], shape, shapeOf, sumTo, transposed, refuse }) => {
  const [a, b] = inputs as [Value, Value]
  if (shape(a).length < 2 || shape(b).length < 2) throw refuse('vectors have no rule, only matrices')
  const matrix = shape(b).length === 2
  const rows = (value: Value): Value => {
    const width = shape(value).at(-1)
    const last = width === undefined ? g.apply('Shape', [value], { start: -1 }) : g.integers(width)
    return shape(value).length === 2 ? value : g.apply('Reshape', [value, g.apply('Concat', [g.integers(-1), last], { axis: 0 })])
  }
  const rowsOfGradient = (): Value => {
    if (shape(y!).length === 2) return dy
    const width = g.apply('Shape', [b], { start: -1 })
    return g.apply('Reshape', [dy, g.apply('Concat', [g.integers(-1), width], { axis: 0 })])
  }
  return [
    () => {
      if (!matrix) return sumTo(g.apply('MatMul', [dy, transposed(b)]), y!, a, 2)
      const product = g.apply('Gemm', [rowsOfGradient(), b], { transB: 1 })
      return shape(a).length === 2 ? product : g.apply('Reshape', [product, shapeOf(a)])
    },
    () => {
      if (matrix) return g.apply('Gemm', [rows(a), rowsOfGradient()], { transA: 1 })
      const rank = shape(y!).length
      const [inner, columns] = [shape(b).at(-2), shape(b).at(-1)]
      // The faster way round where `a` is wider than `b`: the smaller of the two is the one that is turned.
      const product =
        inner !== undefined && columns !== undefined && inner > columns
          ? transposed(g.apply('MatMul', [transposed(dy, rank), a]), rank)
          : g.apply('MatMul', [transposed(a), dy])
      return sumTo(product, y!, b, 2)
    },
  ]
}

const gemm: GradientRule<'Gemm'> = ({ g, dy, inputs, outputs: [y], attributes, shape, sumTo, scalar, transposed }) => {
  const { alpha = 1, beta = 1, transA = 0, transB = 0 } = attributes
  const [a, b, c] = inputs as [Value, Value, Value | undefined]
  const other = (flag: 0 | 1): 0 | 1 => (flag ? 0 : 1)
  return [
    () =>
      transA
        ? g.apply('Gemm', [b, dy], { alpha, transA: transB, transB: 1 })
        : g.apply('Gemm', [dy, b], { alpha, transA: 0, transB: other(transB) }),
    () => {
      const [out, width] = shape(b)
      // The faster way round where the input is wider. Not as a Gemm: onnxruntime would turn that one back.
      if (transB && !transA && alpha === 1 && out !== undefined && width !== undefined && width > out)
        return g.apply('Transpose', [g.apply('MatMul', [transposed(a), dy])], { perm: [1, 0] })
      return transB
        ? g.apply('Gemm', [dy, a], { alpha, transA: 1, transB: transA })
        : g.apply('Gemm', [a, dy], { alpha, transA: other(transA), transB: 0 })
    },
    () => {
      const summed = sumTo(dy, y!, c!)
      return beta === 1 ? summed : g.apply('Mul', [summed, scalar(beta)])
    },
  ]
}

/** Rules of matrix products. */
export const MATRIX_RULES = { Gemm: gemm, MatMul: matMul } satisfies Partial<GradientRules>
