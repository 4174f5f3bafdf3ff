/**
 * Groups vectors by agglomerative clustering with average linkage: the two groups whose vectors are nearest to one another on average
 * are joined, until none are nearer than a threshold. It follows chains of nearest neighbors, which finds the same groups.
 *
 * @param distances - [vectors][vectors], symmetric; it is used up
 * @param count - number of vectors
 * @param threshold - groups at this distance or farther are not joined
 * @returns [vectors]: number of each one's group, from 0 in the order of their first vectors
 */
export function averageLinkage(distances: Float32Array, count: number, threshold: number): Int32Array {
  const sizes = new Float64Array(count).fill(1)
  const joined = Int32Array.from({ length: count }, (_, i) => i)
  const chain: number[] = []
  for (let left = count; left > 1;) {
    if (chain.length === 0) chain.push(sizes.findIndex((size) => size > 0))
    const [last, before] = [chain[chain.length - 1]!, chain[chain.length - 2]]
    const next = nearestGroup(distances, sizes, last, before)
    if (next !== before) {
      chain.push(next)
      continue
    }
    chain.length -= 2
    // What is joined farther than the threshold stays apart, but goes on as one: its distances to others are farther still.
    if (distances[last * count + next]! < threshold) joined[rootOf(joined, Math.max(last, next))] = rootOf(joined, Math.min(last, next))
    join(distances, sizes, last, next)
    left--
  }
  const numbers = new Map<number, number>()
  return joined.map((_, i) => {
    const root = rootOf(joined, i)
    if (!numbers.has(root)) numbers.set(root, numbers.size)
    return numbers.get(root)!
  })
}

/** Finds the group nearest to one; the one before it in the chain, where that is as near. */
function nearestGroup(distances: Float32Array, sizes: Float64Array, group: number, before: number | undefined): number {
  const row = group * sizes.length
  let best = before ?? -1
  let least = before === undefined ? Infinity : distances[row + before]!
  for (let other = 0; other < sizes.length; other++) {
    if (sizes[other] === 0 || other === group || distances[row + other]! >= least) continue
    best = other
    least = distances[row + other]!
  }
  return best
}

/** Joins a group into another, whose distances become the means of both groups' vectors'. */
function join(distances: Float32Array, sizes: Float64Array, from: number, into: number): void {
  const count = sizes.length
  const [a, b] = [sizes[from]!, sizes[into]!]
  for (let other = 0; other < count; other++) {
    if (sizes[other] === 0 || other === from || other === into) continue
    const mean = (a * distances[from * count + other]! + b * distances[into * count + other]!) / (a + b)
    distances[into * count + other] = mean
    distances[other * count + into] = mean
  }
  sizes[into] = a + b
  sizes[from] = 0
}

function rootOf(joined: Int32Array, group: number): number {
  let at = group
  while (joined[at] !== at) at = joined[at]!
  return at
}
