import { joinFeatures, type ClassificationExamples } from './classification-examples.ts'

/** Options of {@link classifyByNeighbors}. */
export interface NeighborOptions {
  /** Neighbors that vote. Default 20. */
  readonly k?: number
  /** Votes weigh exp(similarity / temperature). Default 0.07. */
  readonly temperature?: number
}

/** Defaults of {@link NeighborOptions}. */
export const NEIGHBOR_DEFAULTS = Object.freeze({ k: 20, temperature: 0.07 }) satisfies NeighborOptions

/**
 * Classifies by nearest neighbors in cosine similarity of class tokens, as the reference does (facebookresearch/dinov2,
 * eval/knn.py; arXiv 2304.07193).
 *
 * @param known - whose classes are known
 * @param asked - to classify; the same object leaves each example out of its own neighbors
 * @param options - k, temperature
 * @returns class of each example asked for
 */
export function classifyByNeighbors(
  known: ClassificationExamples,
  asked: ClassificationExamples,
  options: NeighborOptions = {},
): Int32Array {
  const { k, temperature } = { ...NEIGHBOR_DEFAULTS, ...options }
  const { dim } = known
  const [to, from] = [unitRows(known), unitRows(asked)]
  return Int32Array.from(asked.labels, (_, index) => {
    const query = from.subarray(index * dim, (index + 1) * dim)
    const similarities = Array.from(known.labels, (label, other) => {
      let dot = 0
      for (let i = 0; i < dim; i++) dot += query[i]! * to[other * dim + i]!
      return { label, dot: known === asked && other === index ? -Infinity : dot }
    })
    const votes = new Float64Array(known.classes.length)
    for (const { label, dot } of similarities.sort((a, b) => b.dot - a.dot).slice(0, k)) votes[label]! += Math.exp(dot / temperature)
    return votes.indexOf(Math.max(...votes))
  })
}

function unitRows(examples: ClassificationExamples): Float32Array {
  const { data, width } = joinFeatures(examples, { layers: 1, mean: false })
  for (let start = 0; start < data.length; start += width) {
    const row = data.subarray(start, start + width)
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) || 1
    for (let i = 0; i < width; i++) row[i]! /= length
  }
  return data
}
