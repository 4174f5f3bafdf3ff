/** A count of looks that found nothing new. */
export interface LookCount {
  /**
   * Begins the count anew.
   *
   * @param looks - that are allowed from now on; default: as many as before
   */
  again(looks?: number): void
  /** Ends the count. */
  end(): void
  /** Lets the process end meanwhile. */
  unref(): void
}

/**
 * Counts looks at what may have come, one each so many milliseconds. What waited while this thread was blocked or suspended is
 * heard before the next look, so that such time counts as one look at most.
 *
 * @param looks - that are allowed
 * @param everyMs - milliseconds between two
 * @param onTooMany - told once
 */
export function countLooks(looks: number, everyMs: number, onTooMany: () => void): LookCount {
  let allowed = looks
  let left = looks
  const timer = setInterval(() => {
    if (--left > 0) return
    clearInterval(timer)
    onTooMany()
  }, everyMs)
  return {
    again(next = allowed) {
      allowed = left = next
    },
    end: () => clearInterval(timer),
    unref: () => (timer as { unref?: () => void }).unref?.(),
  }
}
