import { DinokitError, type Tensor } from '@dinokit/core'
import { productsOf } from '@dinokit/core/vectors'
import { unitTokens } from '../lib/unit-tokens.ts'
import type { PatchPosition } from '../similarity-map.ts'
import { agreeingMatches } from './agreeing-matches.ts'
import type { PatchMatch } from './patch-match.ts'

/** Options of {@link matchPatches}. */
export interface MatchOptions {
  /**
   * Temperature of the soft-argmax over the patches around a match, which places it between patches; smaller stays closer to the best
   * patch. `false` leaves matches at centers of patches. Default 0.05.
   */
  readonly temperature?: number | false
  /** Least cosine similarity of a match. Default 0. */
  readonly least?: number
  /**
   * Least number of matches, of the 24 patches around a patch, that move as its own match does, to within one patch: others are mostly
   * wrong. Fewer can agree where the images are turned by more than 30 degrees. 0 keeps all matches. Default 6.
   */
  readonly agreeing?: number
  /** [rows][columns] of the first image, 1 for patches to match. Default: all. */
  readonly only?: Tensor<'bool'>
}

/**
 * Matches patches of two images: pairs of which each is the most similar to the other (mutual nearest neighbors), placed between
 * patches by a soft-argmax over the 3x3 patches around the best one, where matches around them agree.
 *
 * @param a - [rows][columns][dim] of one image
 * @param b - [rows][columns][dim] of another, by the same model
 * @param options - temperature, least similarity, how many agree, which patches
 * @returns most similar first
 * @throws DinokitError `tensor-invalid` for grids of different models, or that are not finite; `invalid-option`
 */
export function matchPatches(a: Tensor, b: Tensor, { temperature = 0.05, least = 0, agreeing = 6, only }: MatchOptions = {}): PatchMatch[] {
  assertGrids(a, b, only)
  if (temperature !== false && !(temperature > 0)) {
    throw new DinokitError('invalid-option', 'The temperature of a match is not above 0.', {
      given: String(temperature),
      expected: 'a number above 0, or false',
    })
  }
  const dim = a.shape[2]!
  const cosines = productsOf(unitTokens(a), unitTokens(b), dim)
  const [rowsB, columnsB] = b.shape as [number, number, number]
  const columnsA = a.shape[1]!
  const count = rowsB * columnsB
  const { bestOfA, bestOfB } = bestOf(cosines, count)
  const matches: PatchMatch[] = []
  bestOfA.forEach((to, from) => {
    const similarity = cosines[from * count + to]!
    if (bestOfB[to] !== from || similarity < least) return
    const row = cosines.subarray(from * count, (from + 1) * count)
    const place = { row: Math.floor(to / columnsB), column: to % columnsB }
    matches.push({
      from: { row: Math.floor(from / columnsA), column: from % columnsA },
      to: temperature === false ? place : softPlace(row, [rowsB, columnsB], place, temperature),
      similarity,
    })
  })
  const kept = agreeingMatches(matches, a.shape as [number, number, number], agreeing)
  const chosen = only ? kept.filter(({ from }) => only.data[from.row * columnsA + from.column]) : kept
  return chosen.sort((x, y) => y.similarity - x.similarity)
}

function bestOf(products: Float32Array, count: number): { readonly bestOfA: Int32Array; readonly bestOfB: Int32Array } {
  const bestOfA = new Int32Array(products.length / count)
  const bestOfB = new Int32Array(count)
  const mostOfB = new Float32Array(count).fill(-Infinity)
  for (let a = 0, at = 0; a < bestOfA.length; a++) {
    let [best, most] = [0, -Infinity]
    for (let b = 0; b < count; b++, at++) {
      const value = products[at]!
      if (value > most) {
        most = value
        best = b
      }
      if (value > mostOfB[b]!) {
        mostOfB[b] = value
        bestOfB[b] = a
      }
    }
    bestOfA[a] = best
  }
  return { bestOfA, bestOfB }
}

/** Mean place of the patches around one, weighted by the softmax of their similarities. */
function softPlace(row: Float32Array, [rows, columns]: readonly [number, number], at: PatchPosition, temperature: number): PatchPosition {
  const top = row[at.row * columns + at.column]!
  let [sum, y, x] = [0, 0, 0]
  for (let r = Math.max(0, at.row - 1); r <= Math.min(rows - 1, at.row + 1); r++) {
    for (let c = Math.max(0, at.column - 1); c <= Math.min(columns - 1, at.column + 1); c++) {
      const weight = Math.exp((row[r * columns + c]! - top) / temperature)
      sum += weight
      y += weight * r
      x += weight * c
    }
  }
  return { row: y / sum, column: x / sum }
}

function assertGrids(a: Tensor, b: Tensor, only?: Tensor<'bool'>): void {
  const grids = [a, b].every(({ shape }) => shape.length === 3 && shape.every((length) => length > 0))
  const fits = !only || (only.shape[0] === a.shape[0] && only.shape[1] === a.shape[1])
  if (grids && a.shape[2] === b.shape[2] && fits) return
  throw new DinokitError('tensor-invalid', 'These grids can’t be matched.', {
    given: [a, b, ...(only ? [only] : [])].map(({ shape }) => `[${shape.join('][')}]`).join(', '),
    expected: 'two grids [rows][columns][dim] of one model, and a mask of the first',
  })
}
