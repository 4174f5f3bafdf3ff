import type { Tensor } from '@dinokit/core'

/** Labeled embeddings, and how they vote. */
interface Voters {
  /** [images][dim] */
  readonly embeddings: Tensor
  /** The class of each, as a place in `classes`. */
  readonly labels: readonly number[]
  readonly classes: readonly unknown[]
  readonly k: number
  readonly temperature: number
}

/**
 * Makes the vote of labeled embeddings on the class of another.
 *
 * @param voters - k of them vote
 * @returns of an embedding: each class's share of the votes
 */
export function neighborVotes({ embeddings, labels, classes, k, temperature }: Voters): (embedding: Float32Array) => Float64Array {
  const [count, dim] = embeddings.shape as [number, number]
  const unit = normalized(embeddings.data, dim)
  return (embedding) => {
    const query = normalized(embedding, dim)
    const neighbors = Array.from({ length: count }, (_, index) => ({ index, cosine: dot(unit, index * dim, query) }))
      .sort((a, b) => b.cosine - a.cosine)
      .slice(0, k)
    const votes = new Float64Array(classes.length)
    // The nearest one's vote is 1: the same shares, and no overflow at low temperatures.
    for (const { index, cosine } of neighbors) votes[labels[index]!]! += Math.exp((cosine - neighbors[0]!.cosine) / temperature)
    const total = votes.reduce((a, b) => a + b, 0)
    return votes.map((vote) => vote / total)
  }
}

/** Each row divided by its length. */
function normalized(values: Float32Array, dim: number): Float32Array {
  const result = new Float32Array(values.length)
  for (let start = 0; start < values.length; start += dim) {
    let square = 0
    for (let i = start; i < start + dim; i++) square += values[i]! ** 2
    const length = Math.max(Math.sqrt(square), 1e-12)
    for (let i = start; i < start + dim; i++) result[i] = values[i]! / length
  }
  return result
}

function dot(rows: Float32Array, start: number, query: Float32Array): number {
  let sum = 0
  for (let i = 0; i < query.length; i++) sum += rows[start + i]! * query[i]!
  return sum
}
