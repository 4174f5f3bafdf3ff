import { DinokitError } from '@dinokit/core'
import { BusyError } from '../status-of.ts'

/** Outcome of one item of a group. */
export type Outcome<Answer> = { readonly answer: Answer; readonly error?: never } | { readonly answer?: never; readonly error: Error }

/** Options of {@link createBatcher}. */
export interface BatcherOptions<Item, Answer> {
  /** Items of a group at most. */
  readonly most: number
  /** Milliseconds that the first item of a group waits for others. */
  readonly withinMs: number
  /** Groups, and jobs of their own, that run at once. */
  readonly atOnce: number
  /** Items that may wait; what comes beyond is refused as `busy`. */
  readonly waiting: number
  /** Runs a group; its signal is aborted once nobody waits for any of its items. */
  readonly run: (items: readonly Item[], signal: AbortSignal) => Promise<readonly Outcome<Answer>[]>
}

/** Queue in which what many requests ask for becomes groups that run together. */
export interface Batcher<Item, Answer> {
  /**
   * Runs an item together with others of its group.
   *
   * @param group - items of one group may run together
   * @param item - to run
   * @param signal - takes it out of the queue
   * @throws BusyError where too many wait; the signal's reason; what running it threw
   */
  batched(group: string, item: Item, signal: AbortSignal): Promise<Answer>
  /**
   * Does a job by itself, in its turn.
   *
   * @param job - to do
   * @param signal - takes it out of the queue
   * @throws BusyError where too many wait; the signal's reason; what the job threw
   */
  alone<Result>(job: (signal: AbortSignal) => Promise<Result>, signal: AbortSignal): Promise<Result>
  /**
   * Refuses where the queue is full, before anything is read.
   *
   * @throws BusyError
   */
  assertRoom(): void
  /** Items that wait. */
  readonly waiting: () => number
}

/** One that waits: its group, or what is done for it alone. */
interface Waiting<Item> {
  readonly group: string | undefined
  readonly item?: Item
  readonly job?: (signal: AbortSignal) => Promise<unknown>
  readonly since: number
  readonly signal: AbortSignal
  readonly settle: (outcome: Outcome<unknown>) => void
}

/** Share that the latest job has in the time that a job is thought to take. */
const LATEST = 0.1

/**
 * Makes a queue.
 *
 * @param options - sizes, and how a group is run
 */
export function createBatcher<Item, Answer>({ most, withinMs, atOnce, waiting, run }: BatcherOptions<Item, Answer>): Batcher<Item, Answer> {
  const queue: Waiting<Item>[] = []
  let running = 0
  let secondsEach = 0.05
  let timer: NodeJS.Timeout | undefined

  const assertRoom = (): void => {
    if (queue.length < waiting) return
    const seconds = Math.max(1, Math.ceil((queue.length * secondsEach) / atOnce))
    throw new BusyError(`The server is busy: ${queue.length} requests wait.`, seconds)
  }
  const start = async (group: readonly Waiting<Item>[]): Promise<void> => {
    for (const each of group) queue.splice(queue.indexOf(each), 1)
    running += 1
    const stop = new AbortController()
    let left = group.length
    const leave = (): void => {
      left -= 1
      if (left === 0) stop.abort(new DinokitError('aborted', 'Nobody waits for the answer.'))
    }
    for (const { signal } of group) signal.addEventListener('abort', leave)
    const started = performance.now()
    try {
      const outcomes = await outcomesOf(group, stop.signal)
      group.forEach((each, index) => each.settle(outcomes[index]!))
    } finally {
      for (const { signal } of group) signal.removeEventListener('abort', leave)
      running -= 1
      secondsEach += LATEST * ((performance.now() - started) / 1000 / group.length - secondsEach)
      pump()
    }
  }
  const outcomesOf = async (group: readonly Waiting<Item>[], signal: AbortSignal): Promise<readonly Outcome<unknown>[]> => {
    try {
      const [first] = group
      return first?.job
        ? [{ answer: await first.job(signal) }]
        : await run(
            group.map(({ item }) => item!),
            signal,
          )
    } catch (error) {
      return group.map(() => ({ error: error as Error }))
    }
  }
  /** The oldest that may start: alone, a full group, or one whose first has waited for long enough. */
  const nextGroup = (now: number): readonly Waiting<Item>[] | undefined => {
    const groups = new Map<string, Waiting<Item>[]>()
    for (const each of queue) {
      if (each.group === undefined) return [each]
      const group = groups.get(each.group) ?? []
      groups.set(each.group, group)
      group.push(each)
      if (group.length === most) return group
    }
    return [...groups.values()].find(([first]) => now - first!.since >= withinMs)
  }
  const pump = (): void => {
    clearTimeout(timer)
    while (running < atOnce) {
      const group = nextGroup(performance.now())
      if (!group) {
        if (queue[0]) timer = setTimeout(pump, Math.max(1, queue[0].since + withinMs - performance.now()))
        return
      }
      void start(group)
    }
  }
  const enter = <Result>(of: Pick<Waiting<Item>, 'group' | 'item' | 'job'>, signal: AbortSignal): Promise<Result> =>
    new Promise<Result>((resolve, reject) => {
      signal.throwIfAborted()
      assertRoom()
      const leave = (): void => {
        const place = queue.indexOf(waiter)
        if (place >= 0) queue.splice(place, 1)
        // An answer that is under way is left to itself: `start` ends it where nobody else waits for it.
        reject(signal.reason as Error)
      }
      const settle = ({ answer, error }: Outcome<unknown>): void => {
        signal.removeEventListener('abort', leave)
        if (error === undefined) resolve(answer as Result)
        else reject(error)
      }
      const waiter: Waiting<Item> = { ...of, since: performance.now(), signal, settle }
      signal.addEventListener('abort', leave)
      queue.push(waiter)
      pump()
    })
  return {
    batched: (group, item, signal) => enter({ group, item }, signal),
    alone: (job, signal) => enter({ group: undefined, job }, signal),
    assertRoom,
    waiting: () => queue.length,
  }
}
