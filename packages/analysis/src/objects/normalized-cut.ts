import { symmetricTridiagonal } from '../lib/symmetric-tridiagonal.ts'
import { UNLIKE, type PatchGraph } from './patch-graph.ts'

/** A cut of a graph in two. */
export interface NormalizedCut {
  /** A value a patch, of the second smallest generalized eigenvector: patches of one side are near one another. */
  readonly vector: Float64Array
  /** Its eigenvalue, 0 to 2: near 0 where the graph falls in two, near 1 where it does not. */
  readonly value: number
}

const MOST_STEPS = 400
const BETWEEN_CHECKS = 10
const RESIDUAL = 1e-9

/**
 * Cuts a graph in two by the second eigenvector of (D - W) x = λ D x (Shi and Malik, IEEE Transactions on Pattern Analysis and Machine
 * Intelligence 22, 2000). Lanczos iteration with full orthogonalization finds it; the first eigenvector is known, and left out.
 *
 * @param graph - of the patches
 * @returns undefined where all patches are alike: no vector is then better than another
 */
export function normalizedCut(graph: PatchGraph): NormalizedCut | undefined {
  const roots = graph.degrees.map(Math.sqrt)
  const basis = [unit(roots)!]
  const [diagonal, beside]: [number[], number[]] = [[], []]
  let next = orthogonal(
    Float64Array.from(roots, (_, i) => Math.sin((i + 1) * 12.9898)),
    basis,
  )
  for (let step = 0; step < Math.min(MOST_STEPS, roots.length - 1); step++) {
    const vector = next && unit(next)
    if (!vector) break
    basis.push(vector)
    const image = multiply(graph, roots, vector)
    diagonal.push(dot(image, vector))
    const rest = orthogonal(image, basis)
    const norm = Math.sqrt(dot(rest, rest))
    const last = norm < 1e-12 || step + 1 === Math.min(MOST_STEPS, roots.length - 1)
    if (last || step % BETWEEN_CHECKS === BETWEEN_CHECKS - 1) {
      const { values, vectors } = symmetricTridiagonal(diagonal, beside)
      const best = values.reduce((at, value, i) => (value > values[at]! ? i : at), 0)
      if (last || Math.abs(norm * vectors[best]![diagonal.length - 1]!) < RESIDUAL) {
        return values[best]! > 1e-9 ? { vector: combine(basis, vectors[best]!, roots), value: 1 - values[best]! } : undefined
      }
    }
    beside.push(norm)
    next = rest
  }
  return undefined
}

/** D^-½ W D^-½ x. */
function multiply({ starts, neighbors }: PatchGraph, roots: Float64Array, x: Float64Array): Float64Array {
  const scaled = x.map((value, i) => value / roots[i]!)
  const all = scaled.reduce((a, b) => a + b, 0) * UNLIKE
  return roots.map((root, i) => {
    let alike = 0
    for (let at = starts[i]!; at < starts[i + 1]!; at++) alike += scaled[neighbors[at]!]!
    return (all + alike * (1 - UNLIKE)) / root
  })
}

/** Takes from a vector what lies along others, twice over. */
function orthogonal(vector: Float64Array, basis: readonly Float64Array[]): Float64Array {
  const rest = vector.slice()
  for (let pass = 0; pass < 2; pass++) {
    for (const other of basis) {
      const share = dot(rest, other)
      for (let i = 0; i < rest.length; i++) rest[i]! -= share * other[i]!
    }
  }
  return rest
}

function combine(basis: readonly Float64Array[], weights: readonly number[], roots: Float64Array): Float64Array {
  const sum = new Float64Array(roots.length)
  weights.forEach((weight, index) => {
    const vector = basis[index + 1]!
    for (let i = 0; i < sum.length; i++) sum[i]! += weight * vector[i]!
  })
  return sum.map((value, i) => value / roots[i]!)
}

function unit(vector: Float64Array): Float64Array | undefined {
  const length = Math.sqrt(dot(vector, vector))
  return length > 1e-12 ? vector.map((value) => value / length) : undefined
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
