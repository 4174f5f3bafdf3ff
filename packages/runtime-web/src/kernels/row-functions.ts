import { MOST, type Arithmetic } from './arithmetic.ts'
import { op, type Code, type WasmFunction } from './wasm-module.ts'

const { get, set, advance, integer, plus } = op

/** Makes each lane of a variable the sum of all four. */
const sumLanes = (of: number): Code => [
  ...set(of, op.add(get(of), op.pick(get(of), get(of), [2, 3, 0, 1]))),
  ...set(of, op.add(get(of), op.pick(get(of), get(of), [1, 0, 3, 2]))),
]

/**
 * Writes the function `name(from, to, weight, bias, rows)`: LayerNorm of each row.
 *
 * @param arithmetic - what it is written with
 * @param name - of the function
 * @param dim - numbers of a row: a multiple of 4
 * @param epsilon - of the norm
 */
export function normFunction(arithmetic: Arithmetic, name: string, dim: number, epsilon: number): WasmFunction {
  const { write, constant, multiplyAdd } = arithmetic
  return write(name, 5, (local) => {
    const [from, to, weight, bias, rows] = [0, 1, 2, 3, 4] as const
    const [at, out, end, factors, offsets] = Array.from({ length: 5 }, () => local('i32')) as [number, number, number, number, number]
    const [mean, spread, value] = Array.from({ length: 3 }, () => local('v128')) as [number, number, number]
    const eachOfRow = (body: Code): Code => [
      ...set(at, get(from)),
      ...op.repeat([...body, ...advance(at, 16)], op.below(get(at), get(end))),
    ]
    const ofRow = [
      ...set(end, plus(get(from), integer(4 * dim))),
      ...set(mean, op.zero),
      ...eachOfRow(set(mean, op.add(get(mean), op.load(get(at))))),
      ...sumLanes(mean),
      ...set(mean, op.multiply(get(mean), constant(1 / dim))),
      ...set(spread, op.zero),
      ...eachOfRow([
        ...set(value, op.subtract(op.load(get(at)), get(mean))),
        ...set(spread, multiplyAdd(get(value), get(value), get(spread))),
      ]),
      ...sumLanes(spread),
      ...set(spread, op.divide(constant(1), op.squareRoot(op.add(op.multiply(get(spread), constant(1 / dim)), constant(epsilon))))),
      ...set(out, get(to)),
      ...set(factors, get(weight)),
      ...set(offsets, get(bias)),
      ...eachOfRow([
        ...op.store(
          get(out),
          multiplyAdd(op.multiply(op.subtract(op.load(get(at)), get(mean)), get(spread)), op.load(get(factors)), op.load(get(offsets))),
        ),
        ...[out, factors, offsets].flatMap((moved) => advance(moved, 16)),
      ]),
      ...advance(from, 4 * dim),
      ...advance(to, 4 * dim),
      ...advance(rows, -1),
    ]
    return op.repeat(ofRow, get(rows))
  })
}

/** The normal distribution's tail beyond x is exp(-x^2 / 2) times this of 1 / (1 + .3 x): minimax, 6e-8 of it off. */
const TAIL = [
  7.169252145768016e-6, 0.11948769153397848, 0.12192040242740636, 0.09468325930788574, 0.1425362073547444, -0.07650755389816871,
  0.2286610937752328, -0.16916663394055295, 0.03837840310518288,
]

/**
 * Writes the function `name(from, end)`: GELU of each number, in its place.
 *
 * @param arithmetic - what it is written with
 * @param name - of the function
 */
export function geluFunction({ write, constant, multiplyAdd, polynomial, exponential }: Arithmetic, name: string): WasmFunction {
  return write(name, 2, (local) => {
    const [at, end] = [0, 1] as const
    const [value, size, tail, whole, short] = Array.from({ length: 5 }, () => local('v128')) as [number, number, number, number, number]
    return op.repeat(
      [
        ...set(value, op.load(get(at))),
        ...set(size, op.absolute(get(value))),
        ...exponential(tail, op.multiply(op.multiply(get(value), get(value)), constant(-0.5)), whole),
        ...set(short, op.divide(constant(1), multiplyAdd(get(size), constant(0.3), constant(1)))),
        ...set(tail, op.multiply(get(tail), polynomial(get(short), TAIL))),
        ...op.store(get(at), op.subtract(op.larger(get(value), op.zero), op.multiply(get(size), get(tail)))),
        ...advance(at, 16),
      ],
      op.below(get(at), get(end)),
    )
  })
}

/**
 * Writes the function `name(from, to, rows)`: silu(a) b of the halves a, b of each row (SwiGLU).
 *
 * @param arithmetic - what it is written with
 * @param name - of the function
 * @param dim - numbers of a half: a multiple of 4
 */
export function gateFunction({ write, constant, exponential }: Arithmetic, name: string, dim: number): WasmFunction {
  return write(name, 3, (local) => {
    const [from, to, rows] = [0, 1, 2] as const
    const end = local('i32')
    const [value, less, whole] = Array.from({ length: 3 }, () => local('v128')) as [number, number, number]
    const four = [
      ...set(value, op.load(get(from))),
      ...exponential(less, op.smaller(op.subtract(op.zero, get(value)), constant(MOST)), whole),
      ...op.store(get(to), op.multiply(op.divide(get(value), op.add(constant(1), get(less))), op.load(get(from), 4 * dim))),
      ...advance(from, 16),
      ...advance(to, 16),
    ]
    const ofRow = [
      ...set(end, plus(get(from), integer(4 * dim))),
      ...op.repeat(four, op.below(get(from), get(end))),
      ...advance(from, 4 * dim),
      ...advance(rows, -1),
    ]
    return op.repeat(ofRow, get(rows))
  })
}

/**
 * Writes the function `name(from, to, cosines, sines, rows)`: turns each head of each row, x cos + (the halves of x changed about) sin.
 *
 * @param arithmetic - what it is written with
 * @param name - of the function
 * @param heads - of a row
 * @param dim - numbers of a head, and of a row of cosines and of sines: a multiple of 8
 */
export function rotationFunction({ write, multiplyAdd }: Arithmetic, name: string, heads: number, dim: number): WasmFunction {
  return write(name, 5, (local) => {
    const [from, to, cosines, sines, rows] = [0, 1, 2, 3, 4] as const
    const head = local('i32')
    const [first, second] = [local('v128'), local('v128')]
    const turned = (value: number, other: number, at: number): Code =>
      op.store(get(to), multiplyAdd(get(other), op.load(get(sines), at), op.multiply(get(value), op.load(get(cosines), at))), at)
    const ofHead = Array.from({ length: dim / 8 }, (_, index): Code => {
      const [at, beyond] = [16 * index, 16 * index + 2 * dim]
      return [
        ...set(first, op.load(get(from), at)),
        ...set(second, op.load(get(from), beyond)),
        ...turned(first, second, at),
        ...turned(second, first, beyond),
      ]
    }).flat()
    const ofRow = [
      ...set(head, integer(heads)),
      ...op.repeat([...ofHead, ...advance(from, 4 * dim), ...advance(to, 4 * dim), ...advance(head, -1)], get(head)),
      ...advance(cosines, 4 * dim),
      ...advance(sines, 4 * dim),
      ...advance(rows, -1),
    ]
    return op.repeat(ofRow, get(rows))
  })
}
