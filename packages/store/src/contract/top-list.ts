/** A row and how near it is. */
export interface Scored {
  readonly position: number
  readonly similarity: number
}

/** The best of many, found while they pass: nothing but the best is kept. */
export interface Best {
  /** Looks at class tokens [rows][dim], one after the other. */
  add(tokens: Float32Array, positionOf: (row: number) => number | undefined): void
  /** The best, nearest first; of equals, the one that came first. */
  sorted(): Scored[]
}

/**
 * Finds the nearest by cosine.
 *
 * @param query - [dim]
 * @param top - how many
 */
export function createTopList(query: Float32Array, top: number): Best {
  const best: Scored[] = []
  const length = Math.hypot(...query)
  const dim = query.length
  return {
    add(tokens, positionOf) {
      for (let row = 0, offset = 0; offset < tokens.length; row++, offset += dim) {
        const position = positionOf(row)
        if (position === undefined) continue
        let [dot, square] = [0, 0]
        for (let i = 0; i < dim; i++) {
          const value = tokens[offset + i]!
          dot += value * query[i]!
          square += value * value
        }
        const similarity = square > 0 ? dot / (Math.sqrt(square) * length) : 0
        if (isAmongBest(best, similarity, top)) keepBest(best, { position, similarity }, top)
      }
    },
    sorted: () => best,
  }
}

/**
 * Whether a similarity belongs among the best.
 *
 * @param best - nearest first
 * @param top - most of them
 */
export function isAmongBest(best: readonly Pick<Scored, 'similarity'>[], similarity: number, top: number): boolean {
  return best.length < top || similarity > best[best.length - 1]!.similarity
}

/**
 * Puts one among the best where it belongs; of equals it comes last.
 *
 * @param best - nearest first; changed
 * @param top - most of them: the last leaves where there are more
 */
export function keepBest<T extends Pick<Scored, 'similarity'>>(best: T[], scored: T, top: number): void {
  let at = best.length
  while (at > 0 && best[at - 1]!.similarity < scored.similarity) at--
  best.splice(at, 0, scored)
  if (best.length > top) best.pop()
}
