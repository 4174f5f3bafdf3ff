/** Keeps the best of what comes epoch by epoch. */
export interface EarlyStopping<Item> {
  /** The best so far, the first of equals; undefined at first. */
  readonly best: Item | undefined
  /**
   * Looks at one epoch’s.
   *
   * @returns whether it is time to stop: nothing better came for so many epochs
   */
  add(item: Item): boolean
}

/**
 * Stops a training that does not become better (Prechelt, "Early stopping - but when?", 1998).
 *
 * @param patience - epochs without anything better before it is time to stop
 * @param compare - below 0 where the first is better
 */
export function earlyStopping<Item>(patience: number, compare: (a: Item, b: Item) => number): EarlyStopping<Item> {
  let best: Item | undefined
  let waited = 0
  return {
    get best() {
      return best
    },
    add(item) {
      if (best === undefined || compare(item, best) < 0) {
        best = item
        waited = 0
        return false
      }
      return ++waited >= patience
    },
  }
}
