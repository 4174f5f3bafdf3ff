/**
 * Runs a task one at a time; while it runs, further wishes are one wish. What is shown keeps up with a hand that moves, and
 * nothing queues up behind it.
 *
 * @param task - must not throw
 */
export function createLatest(task: () => Promise<void>): () => void {
  let running = false
  let again = false
  const run = async (): Promise<void> => {
    running = true
    do {
      again = false
      await task()
    } while (again)
    running = false
  }
  return () => {
    if (running) again = true
    else void run()
  }
}
