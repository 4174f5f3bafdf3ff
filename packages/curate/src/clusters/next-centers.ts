import { squareBetween, type Points } from './points-of.ts'

/**
 * Computes the center of each cluster: the mean of its points, scaled to length 1 for `cosine`. A cluster without points takes those that
 * are farthest from their centers, one each, as long as one is not at its center; else it stays where it is.
 *
 * @param points - of all clusters
 * @param centers - [clusters][dim] by which the labels were given
 * @param labels - the cluster of each point
 * @returns [clusters][dim]
 */
export function nextCenters(points: Points, centers: Float64Array, labels: Uint32Array): Float64Array {
  const { data, dim, count, measure } = points
  const sums = new Float64Array(centers.length)
  const sizes = new Float64Array(centers.length / dim)
  for (let row = 0, at = 0; row < count; row++) {
    sizes[labels[row]!]!++
    for (let to = labels[row]! * dim, end = to + dim; to < end; to++, at++) sums[to]! += data[at]!
  }
  const empty = Array.from(sizes.keys()).filter((center) => sizes[center] === 0)
  const far = empty.length > 0 ? farthest(points, centers, labels, empty.length) : []
  far.forEach((row, place) => {
    const [from, to] = [labels[row]!, empty[place]!]
    for (let i = 0; i < dim; i++) {
      const value = data[row * dim + i]!
      sums[from * dim + i]! -= value
      sums[to * dim + i] = value
    }
    sizes[from]!--
    sizes[to] = 1
  })
  sizes.forEach((size, center) => {
    const [start, end] = [center * dim, (center + 1) * dim]
    const sum = sums.subarray(start, end)
    const scale = measure === 'cosine' ? Math.sqrt(sum.reduce((square, value) => square + value * value, 0)) : size
    // Points that cancel each other have no direction in common.
    if (size > 0 && scale > NO_LENGTH * size) for (let at = start; at < end; at++) sums[at]! /= scale
    else sums.set(centers.subarray(start, end), start)
  })
  return sums
}

/** Share of their number below which the sum of vectors of length 1 is rounding alone. */
const NO_LENGTH = 1e-9

/** Points that are farthest from their centers, the farthest first, of those that are not at them. */
function farthest(points: Points, centers: Float64Array, labels: Uint32Array, wanted: number): number[] {
  const squares = Float64Array.from(labels, (label, row) => squareBetween(points, row, centers, label))
  return Array.from(squares.keys())
    .filter((row) => squares[row]! > 0)
    .sort((a, b) => squares[b]! - squares[a]! || a - b)
    .slice(0, wanted)
}
