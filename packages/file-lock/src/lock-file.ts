import { assertNotAborted } from '@dinokit/core'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPatience, TOUCH_MS } from './lib/patience.ts'
import { lookAt, removeIfSame, writeNew, type LockRecord } from './lib/lock-record.ts'

/** A lock that is held. */
export interface FileLock {
  /** Gives it back. Twice is safe. */
  release(): Promise<void>
}

/** Options of a lock. */
export interface FileLockOptions {
  /** Cancels the waiting. */
  readonly signal?: AbortSignal
  /** The error where a living process holds the lock; its holder is given as a person would say it. Default: waits. */
  readonly refuse?: (holder: string) => Error
}

const POLL_MS = 150

/**
 * Takes a lock that is a file, in a folder that is there. The file names its holder and when that started, and is touched
 * while it is held, so that one whose holder has ended counts no more.
 *
 * @param path - of the file
 * @param options - cancellation, and whether to wait
 * @throws DinokitError `aborted`; what `refuse` makes; the system's error where the file can't be written
 */
export async function lockFile(path: string, { signal, refuse }: FileLockOptions = {}): Promise<FileLock> {
  const patience = createPatience()
  for (;;) {
    const file = await writeNew(path)
    if (file) return hold(path, file)
    const record = await lookAt(path)
    if (!record) continue
    const state = patience.judge(record)
    if (state === 'gone') await breakLock(path, record)
    else {
      if (state === 'running' && refuse) throw refuse(nameOf(record))
      await sleep(POLL_MS)
    }
    assertNotAborted(signal)
  }
}

/**
 * Removes the lock of a holder that has ended. Several notice at once: the one that holds the lock on that very lock looks
 * again, so that none removes what another has taken since.
 */
async function breakLock(path: string, { token, touched }: LockRecord): Promise<void> {
  const right = await lockFile(`${path}.${token}`)
  try {
    await removeIfSame(path, token, touched)
  } finally {
    await right.release()
  }
}

function hold(path: string, { handle, token }: NonNullable<Awaited<ReturnType<typeof writeNew>>>): FileLock {
  const touch = setInterval(() => void handle.utimes(new Date(), new Date()).catch(() => {}), TOUCH_MS)
  touch.unref()
  let released: Promise<void> | undefined
  const release = async (): Promise<void> => {
    clearInterval(touch)
    await handle.close()
    await removeIfSame(path, token)
  }
  return { release: () => (released ??= release()) }
}

function nameOf({ holder }: LockRecord): string {
  return holder ? `process ${holder.pid} on ${holder.host}` : 'another process'
}
