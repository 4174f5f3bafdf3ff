import { takeLock } from './take-lock.ts'

/**
 * Does some work while no other process (or call) does work under the same lock file. A holder that died is noticed.
 *
 * @throws DinokitError `file-unwritable`, `disk-full`, `aborted`, and what `work` throws
 */
export async function withLock<T>(path: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const lock = await takeLock(path, { ...(signal && { signal }) })
  try {
    return await work()
  } finally {
    await lock.release()
  }
}
