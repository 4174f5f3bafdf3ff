import type { Random } from '@dinokit/core/augment'
import { productsOf } from '@dinokit/core/vectors'
import { vectorsAt } from '../lib/vectors-at.ts'
import { squaresOf, type Points } from './points-of.ts'

/** Points that are drawn for each center, of which the best is taken. */
const DRAWN = 4
const BLOCK = 2048
/** Share of their squared lengths from which on two points count as different: rounding in 32 bits stays below. */
const DIFFERENT = 1e-6

/**
 * Chooses points as first centers: each is drawn with a probability that grows with the square of its distance to those before it, and of
 * four that are drawn the one is taken that brings all points nearest (k-means++, Arthur and Vassilvitskii 2007; its greedy form).
 *
 * @param points - to choose from
 * @param wanted - number of centers
 * @param random - a source of its own
 * @param pause - called between pieces of the work
 * @returns rows, fewer than wanted where no more points differ
 */
export async function seedCenters(points: Points, wanted: number, random: Random, pause: () => Promise<void>): Promise<number[]> {
  const { count } = points
  const squares = squaresOf(points)
  const nearest = new Float64Array(count).fill(Infinity)
  const chosen: number[] = []
  let sum = Infinity
  while (chosen.length < wanted && sum > 0) {
    const candidates = chosen.length === 0 ? [random.below(count)] : draw(nearest, sum, random)
    const next = await approach(points, squares, { nearest, candidates }, pause)
    chosen.push(next.row)
    sum = next.sum
  }
  return chosen
}

/** Draws rows with a probability that is their share of a sum. */
function draw(shares: Float64Array, sum: number, random: Random): number[] {
  const places = Array.from({ length: DRAWN }, () => random.uniform(0, sum)).sort((a, b) => a - b)
  const rows: number[] = []
  let [passed, last] = [0, -1]
  for (let row = 0; row < shares.length && rows.length < DRAWN; row++) {
    if (shares[row] === 0) continue
    last = row
    passed += shares[row]!
    while (rows.length < DRAWN && places[rows.length]! < passed) rows.push(row)
  }
  while (rows.length < DRAWN) rows.push(last)
  return rows
}

/** Squared distances of all points to the nearest center, and rows that may be the next. */
interface Approach {
  /** Becomes what it is with the best of the candidates. */
  readonly nearest: Float64Array
  readonly candidates: readonly number[]
}

/** Takes the candidate with which the points are nearest to centers; `sum` is that of their squared distances. */
async function approach(
  points: Points,
  squares: Float64Array,
  { nearest, candidates }: Approach,
  pause: () => Promise<void>,
): Promise<{ readonly row: number; readonly sum: number }> {
  const { data, dim, count } = points
  const some = candidates.length
  const vectors = vectorsAt(data, dim, candidates)
  const distances = new Float64Array(count * some)
  const sums = new Float64Array(some)
  for (let start = 0; start < count; start += BLOCK) {
    const products = productsOf(data.subarray(start * dim, (start + BLOCK) * dim), vectors, dim)
    for (let at = 0; at < products.length; at++) {
      const [row, place] = [start + Math.floor(at / some), at % some]
      const together = squares[row]! + squares[candidates[place]!]!
      const square = together - 2 * products[at]!
      const least = Math.min(nearest[row]!, square > DIFFERENT * together ? square : 0)
      distances[start * some + at] = least
      sums[place]! += least
    }
    await pause()
  }
  const best = sums.indexOf(Math.min(...sums))
  for (let row = 0; row < count; row++) nearest[row] = distances[row * some + best]!
  return { row: candidates[best]!, sum: sums[best]! }
}
