/** The end of what this thread's engine was asked; one, as the engine is. */
let turn: Promise<unknown> = Promise.resolve()

/**
 * Does one thing after another, in the order of the calls: the engine can't be loaded twice at once, nor make two sessions
 * at once while it is being loaded; and on WebGPU a second call into it while another waits for the device hangs the thread.
 *
 * @param work - begun when everything before it has ended
 */
export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = turn.then(work)
  turn = result.catch(() => {})
  return result
}
