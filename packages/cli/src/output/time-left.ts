/** An estimate of how long a piece of work will take yet. */
export interface TimeLeft {
  /** Takes note of how much is done now. */
  update(done: number): void
  /**
   * Seconds until `total` is reached at the pace of late; undefined before anything can be said.
   *
   * @param total - in the unit of `done`
   */
  seconds(total: number): number | undefined
}

interface Sample {
  readonly at: number
  readonly done: number
}

/** The pace is that of so many seconds, or of so many samples where they take longer. */
const WINDOW_MS = 30_000
const SAMPLES = 20
/** Shortest time between two samples in milliseconds: a sooner one replaces the sample before. */
const APART_MS = 100

/**
 * Makes an estimate that goes by the pace of late: a start that was fast, because much was there already, is forgotten.
 *
 * @param now - the time in milliseconds
 */
export function createTimeLeft(now: () => number = () => performance.now()): TimeLeft {
  let samples: Sample[] = []
  return {
    update(done) {
      const sample = { at: now(), done }
      const [before, last] = [samples.at(-2), samples.at(-1)]
      if (before && last && sample.at - before.at < APART_MS) samples.pop()
      samples.push(sample)
      while (samples.length > SAMPLES && sample.at - samples[0]!.at > WINDOW_MS) samples = samples.slice(1)
    },
    seconds(total) {
      const [first, last] = [samples[0], samples.at(-1)]
      if (!first || !last || last.done <= first.done || last.at <= first.at) return undefined
      return (((total - last.done) / (last.done - first.done)) * (last.at - first.at)) / 1000
    },
  }
}

/**
 * A time in words, such as `40 s`, `3 min` or `1 h 5 min`; work that is not done takes a second at least.
 *
 * @param seconds - above or equal to 0
 */
export function describeTime(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds))
  if (whole < 90) return `${whole} s`
  const minutes = Math.round(whole / 60)
  if (minutes < 60) return `${minutes} min`
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60]
  return hours >= 24 ? `${Math.round(hours / 24)} days` : `${hours} h${rest > 0 ? ` ${rest} min` : ''}`
}
