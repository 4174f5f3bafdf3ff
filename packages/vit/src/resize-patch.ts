import { sampleAxis } from './lib/sample-axis.ts'

/**
 * Changes the patch size of a patch projection by the pseudo-inverse resize of FlexiViT (arXiv 2212.08013, section 3.4),
 * with PyTorch's antialiased bicubic resize as timm does (resample_patch_embed): of all kernels of the new size, the one
 * whose tokens of a resized patch are nearest to the old tokens of the patch.
 *
 * The resize B of a patch is separable, so its pseudo-inverse is that of one axis, applied to both.
 *
 * @param weights - [...][from][from]
 * @param from - side of the patches, in pixels
 * @param to - wanted side
 * @returns [...][to][to]; `weights` itself where nothing changes
 */
export function resizePatch(weights: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return weights
  const axis = pseudoInverse(resizeMatrix(from, to))
  const kernels = weights.length / (from * from)
  const result = new Float32Array(kernels * to * to)
  const rows = new Float64Array(to * from)
  for (let kernel = 0; kernel < kernels; kernel++) {
    const source = weights.subarray(kernel * from * from, (kernel + 1) * from * from)
    for (let y = 0; y < to; y++) {
      for (let x = 0; x < from; x++) rows[y * from + x] = dot(axis[y]!, (i) => source[i * from + x]!)
    }
    for (let y = 0; y < to; y++) {
      for (let x = 0; x < to; x++) result[(kernel * to + y) * to + x] = dot(axis[x]!, (i) => rows[y * from + i]!)
    }
  }
  return result
}

function dot(row: readonly number[], at: (i: number) => number): number {
  return row.reduce((sum, weight, i) => sum + weight * at(i), 0)
}

/** The resize of one axis: [to][from]. */
function resizeMatrix(from: number, to: number): number[][] {
  return sampleAxis(from, to, 'antialias').map(({ sources, weights }) => {
    const row = new Array<number>(from).fill(0)
    sources.forEach((source, tap) => (row[source]! += weights[tap]!))
    return row
  })
}

/** pinv(R^T) of R [to][from], which has full rank: (R R^T)^-1 R where it shrinks, R (R^T R)^-1 where it enlarges. */
function pseudoInverse(matrix: readonly (readonly number[])[]): number[][] {
  const transposed = matrix[0]!.map((_, column) => matrix.map((row) => row[column]!))
  const shrinks = matrix.length < transposed.length
  if (shrinks) return solve(multiply(matrix, transposed), matrix)
  const columns = solve(multiply(transposed, matrix), transposed)
  return matrix.map((_, row) => columns.map((column) => column[row]!))
}

function multiply(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] {
  return a.map((row) => b[0]!.map((_, column) => row.reduce((sum, value, i) => sum + value * b[i]![column]!, 0)))
}

/** A^-1 B of a square A by Gauss and Jordan, with pivoting. */
function solve(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] {
  const rows = a.map((row, i) => [...row, ...b[i]!])
  for (let pivot = 0; pivot < rows.length; pivot++) {
    let best = pivot
    for (let row = pivot + 1; row < rows.length; row++) if (Math.abs(rows[row]![pivot]!) > Math.abs(rows[best]![pivot]!)) best = row
    ;[rows[pivot], rows[best]] = [rows[best]!, rows[pivot]!]
    const head = rows[pivot]!.map((value) => value / rows[pivot]![pivot]!)
    rows.forEach((row, i) => {
      rows[i] = i === pivot ? head : row.map((value, column) => value - row[pivot]! * head[column]!)
    })
  }
  return rows.map((row) => row.slice(a.length))
}
