/** Bytes that all requests together may hold. */
export interface ByteBudget {
  /**
   * Takes bytes.
   *
   * @returns whether there were so many
   */
  take(bytes: number): boolean
  /** Gives bytes back. */
  give(bytes: number): void
  /** Bytes that are taken. */
  readonly taken: () => number
}

/**
 * Makes a budget.
 *
 * @param most - bytes that may be taken at once
 */
export function createByteBudget(most: number): ByteBudget {
  let taken = 0
  return {
    take(bytes) {
      if (taken + bytes > most) return false
      taken += bytes
      return true
    },
    give: (bytes) => void (taken -= bytes),
    taken: () => taken,
  }
}
