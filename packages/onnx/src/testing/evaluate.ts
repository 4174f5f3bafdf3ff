import type { Graph } from '../graph.ts'
import type { Operator } from '../operators.ts'
import { at, fold, generate, elementCount, stretch, zip, type Array64 } from './array64.ts'

/**
 * Runs a graph in float64, slowly, each operator written from its description in the ONNX specification: what
 * gradients and the engines are checked against.
 *
 * @param graph - to run
 * @param feeds - its inputs by name
 * @returns its outputs by name
 */
export function evaluate(graph: Graph, feeds: Readonly<Record<string, Array64>>): Record<string, Array64> {
  const values = new Map<string, Array64>(Object.entries(feeds))
  for (const [name, { shape, data }] of graph.constants) values.set(name, { shape, data: Float64Array.from(data, Number) })
  for (const { operator, inputs, outputs, attributes } of graph.nodes) {
    const run = OPERATORS[operator]
    if (!run) throw new Error(`The evaluator has no ${operator}.`)
    const given = inputs.map((value) => value && values.get(value.name))
    const results = [run(given as Array64[], attributes as Attributes, outputs.length)].flat()
    outputs.forEach(({ name }, index) => values.set(name, results[index]!))
  }
  return Object.fromEntries(graph.outputs.map(({ value }) => [value.name, values.get(value.name)!]))
}

/** Those of all operators together. */
interface Attributes {
  readonly alpha?: number
  readonly axis?: number
  readonly beta?: number
  readonly dilations?: readonly number[]
  readonly end?: number
  readonly epsilon?: number
  readonly keepdims?: number
  readonly pads?: readonly number[]
  readonly perm?: readonly number[]
  readonly start?: number
  readonly strides?: readonly number[]
  readonly transA?: number
  readonly transB?: number
}
type Run = (inputs: readonly Array64[], attributes: Attributes, outputs: number) => Array64 | readonly Array64[]

const elementwise =
  (f: (...values: number[]) => number): Run =>
  (inputs) =>
    zip(f, ...inputs)

const front = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

const reduce =
  (start: number, combine: (a: number, b: number) => number, mean = false): Run =>
  ([x, axes], { keepdims = 1 }) => {
    const chosen = axes ? Array.from(axes.data, (axis) => front(axis, x!.shape.length)) : x!.shape.map((_, axis) => axis)
    const { shape, data } = fold(x!, chosen, start, combine)
    const count = mean ? elementCount(x!.shape) / data.length : 1
    return { shape: keepdims ? shape : shape.filter((_, axis) => !chosen.includes(axis)), data: data.map((value) => value / count) }
  }

const normalize =
  (finish: (shifted: number, sum: number) => number): Run =>
  ([x], { axis = -1 }) => {
    const axes = [front(axis, x!.shape.length)]
    const largest = fold(x!, axes, -Infinity, Math.max)
    const sum = fold(
      zip((value, top) => Math.exp(value - top), x!, largest),
      axes,
      0,
      (a, b) => a + b,
    )
    return zip((value, top, total) => finish(value - top, total), x!, largest, sum)
  }

const matMul: Run = ([a, b]) => {
  const batch = stretch([a!.shape.slice(0, -2), b!.shape.slice(0, -2)])
  const [m, k, n] = [a!.shape.at(-2)!, a!.shape.at(-1)!, b!.shape.at(-1)!]
  return generate([...batch, m, n], (index) => {
    const [outer, row, column] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!]
    let sum = 0
    for (let i = 0; i < k; i++) sum += at(a!, [...outer, row, i]) * at(b!, [...outer, i, column])
    return sum
  })
}

const turned = (x: Array64, turn: number): Array64 => (turn ? generate([x.shape[1]!, x.shape[0]!], ([i, j]) => at(x, [j!, i!])) : x)

const gemm: Run = ([a, b, c], { alpha = 1, beta = 1, transA = 0, transB = 0 }) => {
  const product = matMul([turned(a!, transA), turned(b!, transB)], {}, 1) as Array64
  return zip((value, shift) => alpha * value + beta * shift, product, c ?? { shape: [], data: Float64Array.of(0) })
}

const layerNormalization: Run = ([x, scale, shift], { axis = -1, epsilon = 1e-5 }, outputs) => {
  const rank = x!.shape.length
  const axes = Array.from({ length: rank - front(axis, rank) }, (_, index) => front(axis, rank) + index)
  const count = axes.reduce((size, at) => size * x!.shape[at]!, 1)
  const add = (a: number, b: number): number => a + b
  const sums = fold(x!, axes, 0, add)
  const centered = zip((value, sum) => value - sum / count, x!, sums)
  const squares = fold(
    zip((value) => value * value, centered),
    axes,
    0,
    add,
  )
  const normed = zip((value, sum) => value / Math.sqrt(sum / count + epsilon), centered, squares)
  const y = zip((value, a, b) => value * a + b, normed, scale!, shift ?? { shape: [], data: Float64Array.of(0) })
  return [y, zip((sum) => sum / count, sums), zip((sum) => 1 / Math.sqrt(sum / count + epsilon), squares)].slice(0, outputs)
}

const batchNormalization: Run = ([x, ...statistics], { epsilon = 1e-5 }) =>
  generate(x!.shape, (index) => {
    const [scale, shift, mean, variance] = statistics.map(({ data }) => data[index[1]!]!) as [number, number, number, number]
    return ((at(x!, index) - mean) / Math.sqrt(variance + epsilon)) * scale + shift
  })

const slice: Run = ([x, starts, ends, axes]) => {
  const rank = x!.shape.length
  const [shape, offset] = [[...x!.shape], x!.shape.map(() => 0)]
  starts!.data.forEach((start, i) => {
    const axis = front(axes?.data[i] ?? i, rank)
    const clamp = (bound: number): number => Math.min(Math.max(front(bound, x!.shape[axis]!), 0), x!.shape[axis]!)
    offset[axis] = clamp(start)
    shape[axis] = clamp(ends!.data[i]!) - clamp(start)
  })
  return generate(shape, (index) =>
    at(
      x!,
      index.map((value, axis) => value + offset[axis]!),
    ),
  )
}

const pad: Run = ([x, pads, , axes]) => {
  const rank = x!.shape.length
  const count = pads!.data.length / 2
  const [shape, before] = [[...x!.shape], x!.shape.map(() => 0)]
  for (let i = 0; i < count; i++) {
    const axis = front(axes?.data[i] ?? i, rank)
    before[axis] = pads!.data[i]!
    shape[axis]! += pads!.data[i]! + pads!.data[i + count]!
  }
  return generate(shape, (index) => {
    const from = index.map((value, axis) => value - before[axis]!)
    return from.every((value, axis) => value >= 0 && value < x!.shape[axis]!) ? at(x!, from) : 0
  })
}

const conv: Run = ([x, weight, bias], { strides, dilations, pads }) => {
  const [batch, , height, width] = x!.shape as [number, number, number, number]
  const [out, input, rows, columns] = weight!.shape as [number, number, number, number]
  const [stride, dilation, padding] = [strides ?? [1, 1], dilations ?? [1, 1], pads ?? [0, 0, 0, 0]]
  const length = (size: number, kernel: number, axis: number): number =>
    Math.floor((size + padding[axis]! + padding[axis + 2]! - dilation[axis]! * (kernel - 1) - 1) / stride[axis]!) + 1
  return generate([batch, out, length(height, rows, 0), length(width, columns, 1)], ([n, o, y, z]) => {
    let sum = bias?.data[o!] ?? 0
    for (let c = 0; c < input; c++) {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          const [row, column] = [y! * stride[0]! + i * dilation[0]! - padding[0]!, z! * stride[1]! + j * dilation[1]! - padding[1]!]
          if (row < 0 || row >= height || column < 0 || column >= width) continue
          sum += at(x!, [n!, c, row, column]) * at(weight!, [o!, c, i, j])
        }
      }
    }
    return sum
  })
}

const resize: Run = ([x, , , sizes]) => {
  const [, , height, width] = x!.shape as [number, number, number, number]
  const to = Array.from(sizes!.data)
  const place = (index: number, from: number, length: number): [low: number, high: number, part: number] => {
    const position = Math.min(Math.max(((index + 0.5) * from) / length - 0.5, 0), from - 1)
    const low = Math.floor(position)
    return [low, Math.min(low + 1, from - 1), position - low]
  }
  return generate(to, ([n, c, y, z]) => {
    const [top, bottom, down] = place(y!, height, to[2]!)
    const [left, right, across] = place(z!, width, to[3]!)
    const row = (i: number): number => at(x!, [n!, c!, i, left]) * (1 - across) + at(x!, [n!, c!, i, right]) * across
    return row(top) * (1 - down) + row(bottom) * down
  })
}

const gather: Run = ([x, indices], { axis = 0 }) => {
  const first = front(axis, x!.shape.length)
  const width = indices!.shape.length
  return generate([...x!.shape.slice(0, first), ...indices!.shape, ...x!.shape.slice(first + 1)], (index) => {
    const chosen = front(at(indices!, index.slice(first, first + width)), x!.shape[first]!)
    return at(x!, [...index.slice(0, first), chosen, ...index.slice(first + width)])
  })
}

const split: Run = ([x, sizes], { axis = 0 }, outputs) => {
  const along = front(axis, x!.shape.length)
  const lengths = sizes ? Array.from(sizes.data) : Array<number>(outputs).fill(x!.shape[along]! / outputs)
  let start = 0
  return lengths.map((length) => {
    const from = start
    start += length
    return generate(x!.shape.with(along, length), (index) => at(x!, index.with(along, index[along]! + from)))
  })
}

const concat: Run = (inputs, { axis }) => {
  const along = front(axis!, inputs[0]!.shape.length)
  const total = inputs.reduce((sum, { shape }) => sum + shape[along]!, 0)
  return generate(inputs[0]!.shape.with(along, total), (index) => {
    let position = index[along]!
    for (const input of inputs) {
      if (position < input.shape[along]!) return at(input, index.with(along, position))
      position -= input.shape[along]!
    }
    throw new Error('unreachable')
  })
}

const reshape: Run = ([x, target]) => {
  const copied = Array.from(target!.data, (length, axis) => (length === 0 ? x!.shape[axis]! : length))
  const rest = x!.data.length / elementCount(copied.filter((length) => length !== -1))
  return { shape: copied.map((length) => (length === -1 ? rest : length)), data: x!.data }
}

const unsqueeze: Run = ([x, axes]) => {
  const rank = x!.shape.length + axes!.data.length
  const added = Array.from(axes!.data, (axis) => front(axis, rank))
  const rest = [...x!.shape]
  return { shape: Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : rest.shift()!)), data: x!.data }
}

const squeeze: Run = ([x, axes]) => {
  const removed = Array.from(axes!.data, (axis) => front(axis, x!.shape.length))
  return { shape: x!.shape.filter((_, axis) => !removed.includes(axis)), data: x!.data }
}

const transpose: Run = ([x], attributes) => {
  const perm = attributes.perm!
  const from = perm.map((_, axis) => perm.indexOf(axis))
  return generate(
    perm.map((axis) => x!.shape[axis]!),
    (index) =>
      at(
        x!,
        from.map((axis) => index[axis]!),
      ),
  )
}

const vector = (values: readonly number[]): Array64 => ({ shape: [values.length], data: Float64Array.from(values) })

/** The error function by its Maclaurin series, to float64's precision for the arguments of the tests. */
function erf(x: number): number {
  let [term, sum] = [x, x]
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

const OPERATORS: Partial<Record<Operator, Run>> = {
  Abs: elementwise(Math.abs),
  Add: elementwise((a, b) => a + b),
  BatchNormalization: batchNormalization,
  Cast: ([x]) => x!,
  CastLike: ([x]) => x!,
  Clip: ([x, low, high]) => zip((value) => Math.min(Math.max(value, low?.data[0] ?? -Infinity), high?.data[0] ?? Infinity), x!),
  Concat: concat,
  Conv: conv,
  Div: elementwise((a, b) => a / b),
  Equal: elementwise((a, b) => Number(a === b)),
  Erf: elementwise(erf),
  Exp: elementwise(Math.exp),
  Expand: ([x, shape]) => generate(stretch([x!.shape, Array.from(shape!.data)]), (index) => at(x!, index)),
  Gather: gather,
  GatherElements: ([x, indices], { axis = 0 }) => generate(indices!.shape, (index) => at(x!, index.with(axis, at(indices!, index)))),
  Gelu: elementwise((x) => (x / 2) * (1 + erf(x / Math.SQRT2))),
  Gemm: gemm,
  Greater: elementwise((a, b) => Number(a > b)),
  Identity: ([x]) => x!,
  LayerNormalization: layerNormalization,
  Less: elementwise((a, b) => Number(a < b)),
  Log: elementwise(Math.log),
  LogSoftmax: normalize((shifted, sum) => shifted - Math.log(sum)),
  MatMul: matMul,
  Max: elementwise(Math.max),
  Min: elementwise(Math.min),
  Mul: elementwise((a, b) => a * b),
  Neg: elementwise((x) => -x),
  Pad: pad,
  Pow: elementwise((a, b) => a ** b),
  Reciprocal: elementwise((x) => 1 / x),
  ReduceMax: reduce(-Infinity, Math.max),
  ReduceMean: reduce(0, (a, b) => a + b, true),
  ReduceSum: reduce(0, (a, b) => a + b),
  Relu: elementwise((x) => Math.max(x, 0)),
  Reshape: reshape,
  Resize: resize,
  Shape: ([x], { start = 0, end }) => vector(x!.shape.slice(start, end)),
  Sigmoid: elementwise((x) => 1 / (1 + Math.exp(-x))),
  Slice: slice,
  Softmax: normalize((shifted, sum) => Math.exp(shifted) / sum),
  Softplus: elementwise((x) => Math.log1p(Math.exp(x))),
  Split: split,
  Sqrt: elementwise(Math.sqrt),
  Squeeze: squeeze,
  Sub: elementwise((a, b) => a - b),
  Tanh: elementwise(Math.tanh),
  Transpose: transpose,
  Unsqueeze: unsqueeze,
  Where: elementwise((condition, a, b) => (condition ? a : b)),
}
