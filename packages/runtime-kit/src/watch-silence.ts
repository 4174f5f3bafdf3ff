import { countLooks } from './count-looks.ts'

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
  const count = countLooks(seconds, 1000, onTooLong)
  count.unref()
  return { heard: (next) => count.again(next), end: () => count.end() }
}
