import { assertNotAborted } from '@dinokit/core'
import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCode, writeError } from './file-error.ts'

/** A lock that its holder has not touched for so long belongs to a process that died. */
const STALE_MS = 15_000
const TOUCH_MS = 3_000
const POLL_MS = 150

/**
 * Does some work while no other process (or call) does work under the same lock file. A holder that died is noticed.
 *
 * @throws DinokitError `file-unwritable`, `disk-full`, `aborted`, and what `work` throws
 */
export async function withLock<T>(path: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true }).catch((cause: unknown) => {
    throw writeError(dirname(path), cause)
  })
  while (!(await take(path))) {
    await breakStale(path)
    await sleep(POLL_MS)
    assertNotAborted(signal)
  }
  const touch = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), TOUCH_MS)
  try {
    return await work()
  } finally {
    clearInterval(touch)
    await rm(path, { force: true })
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.close()
    return true
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') return false
    throw writeError(path, cause)
  }
}

async function breakStale(path: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(path)
    if (Date.now() - mtimeMs < STALE_MS) return
    // Of several that notice at once, one succeeds in the renaming.
    const own = `${path}.${process.pid}`
    await rename(path, own)
    await rm(own, { force: true })
  } catch {
    // It was given back, or another broke it.
  }
}
