/** A number for every step; steps count from 0. Plain functions: any function of the step is a schedule. */
export type Schedule = (step: number) => number

/**
 * One number for every step.
 *
 * @param value - the number
 */
export function constantSchedule(value: number): Schedule {
  return () => value
}

/**
 * Half a cosine from one number to another (arXiv 1608.03983, without restarts), then the other.
 *
 * @param from - at step 0
 * @param to - at step `steps` and after
 * @param steps - how many steps it takes
 */
export function cosineSchedule(from: number, to: number, steps: number): Schedule {
  return (step) => to + ((from - to) * (1 + Math.cos(Math.PI * shareOf(step, steps)))) / 2
}

/**
 * A straight line from one number to another, then the other.
 *
 * @param from - at step 0
 * @param to - at step `steps` and after
 * @param steps - how many steps it takes
 */
export function linearSchedule(from: number, to: number, steps: number): Schedule {
  return (step) => from + (to - from) * shareOf(step, steps)
}

/**
 * `peak * (1 - step / steps) ** power`: what segmentation is trained with.
 *
 * @param peak - at step 0
 * @param steps - where it reaches 0
 * @param power - 1 is a straight line
 */
export function polySchedule(peak: number, steps: number, power = 1): Schedule {
  return (step) => peak * (1 - shareOf(step, steps)) ** power
}

/**
 * Rises in a straight line to a schedule's first number, then follows it.
 *
 * @param schedule - what to follow; its step 0 is the first after the rise
 * @param steps - how many steps the rise takes
 * @param from - share of the first number at step 0
 */
export function warmUp(schedule: Schedule, steps: number, from = 0): Schedule {
  return (step) => (step >= steps ? schedule(step - steps) : schedule(0) * (from + ((1 - from) * step) / steps))
}

/** Computes the share of the schedule that is done, 0 to 1; at step 0 nothing, however few steps there are. */
function shareOf(step: number, steps: number): number {
  return step === 0 ? 0 : Math.min(step / steps, 1)
}
