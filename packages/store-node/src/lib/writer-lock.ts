import { DinokitError } from '@dinokit/core'
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { lanceError } from './lance-error.ts'

/** A writer on another machine that has not touched its lock for so long is taken for dead. */
const STALE_MS = 60_000
const TOUCH_MS = 10_000

interface Holder {
  readonly pid: number
  readonly host: string
}

/**
 * Takes a folder for one writer. A writer that died holds nothing: on this machine its process is looked for; on another,
 * the lock is touched while it lives.
 *
 * @returns gives it back
 * @throws DinokitError `store-locked` where another writes, `file-unwritable`, `disk-full`
 */
export async function lockForWriting(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, '.writer')
  try {
    await mkdir(folder, { recursive: true })
    if (!(await take(path))) {
      await breakStale(path, folder)
      if (!(await take(path))) throw locked(folder, await holderOf(path))
    }
  } catch (cause) {
    throw lanceError(folder, cause, 'write')
  }
  const touch = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), TOUCH_MS)
  touch.unref()
  return async () => {
    clearInterval(touch)
    await rm(path, { force: true })
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.writeFile(JSON.stringify({ pid: process.pid, host: hostname() } satisfies Holder))
    await file.close()
    return true
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false
    throw cause
  }
}

async function breakStale(path: string, folder: string): Promise<void> {
  const holder = await holderOf(path)
  const age = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => Infinity,
  )
  // A lock without a holder is being written at this moment, or its writer died then.
  const dead = holder?.host === hostname() ? !isAlive(holder.pid) : age > (holder ? STALE_MS : TOUCH_MS)
  if (!dead) throw locked(folder, holder)
  // Of several that notice at once, one succeeds in the renaming.
  const own = `${path}.${process.pid}`
  await rename(path, own).then(
    () => rm(own, { force: true }),
    () => {},
  )
}

async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    // It is there, and another user's.
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
  }
}

function locked(folder: string, holder: Holder | undefined): DinokitError {
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'another process'
  return new DinokitError('store-locked', `${folder} is being written by ${who}.`, {
    given: folder,
    expected: 'one writer at a time',
    hint: 'Wait until it has ended. Reading is possible meanwhile.',
  })
}
