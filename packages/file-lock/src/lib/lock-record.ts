import { systemErrorCode } from '@dinokit/core'
import { randomBytes } from 'node:crypto'
import { open, readFile, rm, stat, type FileHandle } from 'node:fs/promises'
import { ownIdentity, type ProcessIdentity } from '../process-identity.ts'

/** Record in a lock's file. */
export interface LockRecord {
  /** Tells this lock from the one that was there before, and from the one after. */
  readonly token: string
  /** Missing where the file was not written to the end, and in those of dinokit's downloads before 2026-12. */
  readonly holder?: ProcessIdentity
  /** When it was last touched, in milliseconds since 1970. */
  readonly touched: number
}

/**
 * Makes the file of a lock, for the caller.
 *
 * @returns its handle and token; undefined where there is one
 */
export async function writeNew(path: string): Promise<{ readonly handle: FileHandle; readonly token: string } | undefined> {
  const handle = await open(path, 'wx').catch((cause: unknown) => {
    if (systemErrorCode(cause) === 'EEXIST') return undefined
    throw cause
  })
  if (!handle) return undefined
  try {
    const token = randomBytes(6).toString('hex')
    await handle.writeFile(JSON.stringify({ ...ownIdentity(), token }))
    return { handle, token }
  } catch (cause) {
    await handle.close()
    await rm(path, { force: true })
    throw cause
  }
}

/** Reads the record of a lock's file; undefined where it is not there any more. */
export async function lookAt(path: string): Promise<LockRecord | undefined> {
  try {
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      if (systemErrorCode(cause) === 'ENOENT') throw cause
      return ''
    })
    const { mtimeMs: touched, ino } = await stat(path)
    const { token, ...holder } = parse(text)
    const named = typeof holder.pid === 'number' && typeof holder.host === 'string'
    return { token: token ?? `file-${ino}`, touched, ...(named && { holder: holder as ProcessIdentity }) }
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return undefined
    throw cause
  }
}

/**
 * Removes the file of a lock, if it still is that one.
 *
 * @param path - of the file
 * @param token - of the lock
 * @param touched - when it was last touched, where a touch since then keeps it
 */
export async function removeIfSame(path: string, token: string, touched?: number): Promise<void> {
  const record = await lookAt(path)
  if (record?.token === token && (touched ?? record.touched) === record.touched) await rm(path, { force: true })
}

function parse(text: string): Partial<ProcessIdentity> & { readonly token?: string } {
  try {
    return JSON.parse(text) as Partial<ProcessIdentity> & { readonly token?: string }
  } catch {
    return {}
  }
}
