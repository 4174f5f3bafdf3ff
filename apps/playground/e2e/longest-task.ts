import type { Browser } from 'playwright'

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** Processor time of the thread, in microseconds: what others on the machine do is not in it. */
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

/**
 * The longest task of any page's main thread while something is done, in milliseconds of that thread's processor time, by
 * Chromium's own trace.
 *
 * @param browser - whose pages are watched
 * @param work - what is done
 */
export async function longestTask(
  browser: Browser,
  work: () => Promise<void>,
): Promise<{ readonly longest: number; readonly tasks: number }> {
  const session = await browser.newBrowserCDPSession()
  const events: TraceEvent[] = []
  session.on('Tracing.dataCollected', ({ value }) => void events.push(...(value as unknown as TraceEvent[])))
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['disabled-by-default-devtools.timeline', 'toplevel'], excludedCategories: ['*'] },
  })
  await work()
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve))
  await session.send('Tracing.end')
  await complete
  await session.detach()
  const isMain = ({ name, args }: TraceEvent): boolean => name === 'thread_name' && args?.name === 'CrRendererMain'
  const mains = new Set(events.filter(isMain).map(({ pid, tid }) => `${pid} ${tid}`))
  const tasks = events.filter(({ name, ph, pid, tid }) => ph === 'X' && name.endsWith('RunTask') && mains.has(`${pid} ${tid}`))
  return { longest: Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000, tasks: tasks.length }
}
