import type { Arithmetic } from './arithmetic.ts'
import { PANEL, QUERIES } from './tasks.ts'
import { op, type Code, type WasmFunction } from './wasm-module.ts'

const { get, set, advance, integer, plus } = op

/**
 * Writes the function `name(from, to)`: lays queries [24][..][dim] out as panels [3][dim][8], scaled for the softmax.
 *
 * @param arithmetic - what it is written with
 * @param name - of the function
 * @param dim - numbers of a head: a multiple of 4
 * @param row - bytes from a query to the next
 */
export function queriesFunction({ write, constant }: Arithmetic, name: string, dim: number, row: number): WasmFunction {
  return write(name, 2, (local) => {
    const [from, to] = [0, 1] as const
    const [panel, end] = [local('i32'), local('i32')]
    const given = Array.from({ length: 4 }, () => local('v128'))
    const paired = Array.from({ length: 4 }, () => local('v128'))
    const turn = (quad: number): Code => {
      const [a, b, c, d] = given.map(get) as [Code, Code, Code, Code]
      const [ab, cd, abEnd, cdEnd] = paired.map(get) as [Code, Code, Code, Code]
      const columns = [
        op.pick(ab, cd, [0, 1, 4, 5]),
        op.pick(ab, cd, [2, 3, 6, 7]),
        op.pick(abEnd, cdEnd, [0, 1, 4, 5]),
        op.pick(abEnd, cdEnd, [2, 3, 6, 7]),
      ]
      return [
        ...given.flatMap((to, query) => set(to, op.multiply(op.load(get(from), (4 * quad + query) * row), constant(1 / Math.sqrt(dim))))),
        ...set(paired[0]!, op.pick(a, b, [0, 4, 1, 5])),
        ...set(paired[1]!, op.pick(c, d, [0, 4, 1, 5])),
        ...set(paired[2]!, op.pick(a, b, [2, 6, 3, 7])),
        ...set(paired[3]!, op.pick(c, d, [2, 6, 3, 7])),
        ...columns.flatMap((column, index) => op.store(get(to), column, 4 * PANEL * index + 16 * quad)),
      ]
    }
    return [
      ...set(panel, integer(QUERIES / PANEL)),
      ...op.repeat(
        [
          ...set(end, plus(get(from), integer(4 * dim))),
          ...op.repeat([...turn(0), ...turn(1), ...advance(from, 16), ...advance(to, 16 * PANEL)], op.below(get(from), get(end))),
          ...advance(from, PANEL * row - 4 * dim),
          ...advance(panel, -1),
        ],
        get(panel),
      ),
    ]
  })
}

/**
 * Writes the function `name(scores, keys)`: softmax over the keys of scores [keys][24].
 *
 * @param arithmetic - what it is written with
 * @param name - of the function
 */
export function softmaxFunction({ write, constant, exponential }: Arithmetic, name: string): WasmFunction {
  return write(name, 2, (local) => {
    const [scores, keys] = [0, 1] as const
    const [at, end, vector] = Array.from({ length: 3 }, () => local('i32')) as [number, number, number]
    const [most, sum, value, whole] = Array.from({ length: 4 }, () => local('v128')) as [number, number, number, number]
    const eachKey = (body: Code): Code => [
      ...set(at, get(scores)),
      ...op.repeat([...body, ...advance(at, 4 * QUERIES)], op.below(get(at), get(end))),
    ]
    return [
      ...set(vector, integer(QUERIES / 4)),
      ...op.repeat(
        [
          ...set(end, plus(get(scores), op.times(get(keys), integer(4 * QUERIES)))),
          ...set(most, op.load(get(scores))),
          ...eachKey(set(most, op.larger(get(most), op.load(get(at))))),
          ...set(sum, op.zero),
          ...eachKey([
            ...exponential(value, op.subtract(op.load(get(at)), get(most)), whole),
            ...op.store(get(at), get(value)),
            ...set(sum, op.add(get(sum), get(value))),
          ]),
          ...set(sum, op.divide(constant(1), get(sum))),
          ...eachKey(op.store(get(at), op.multiply(op.load(get(at)), get(sum)))),
          ...advance(scores, 16),
          ...advance(vector, -1),
        ],
        get(vector),
      ),
    ]
  })
}
