/** A count of the seconds in which nothing was heard. */
export interface SilenceWatch {
  /**
   * Begins the count anew.
   *
   * @param seconds - that are allowed from now on; default: as many as before
   */
  heard(seconds?: number): void
  /** Ends the count. */
  end(): void
}

/**
 * Counts the seconds of silence from now on. Seconds in which this thread was blocked or suspended do not count, as nothing
 * could be heard in them; the count keeps no process alive.
 *
 * @param seconds - of silence that are allowed
 * @param onTooLong - told once, where there are more
 */
export function watchSilence(seconds: number, onTooLong: () => void): SilenceWatch {
  let allowed = seconds
  let left = seconds
  const timer = setInterval(() => {
    if (--left > 0) return
    clearInterval(timer)
    onTooLong()
  }, 1000)
  ;(timer as { unref?: () => void }).unref?.()
  return {
    heard(next = allowed) {
      allowed = left = next
    },
    end: () => clearInterval(timer),
  }
}
