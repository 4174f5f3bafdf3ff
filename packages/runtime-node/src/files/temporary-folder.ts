import type { OnnxModel } from '@dinokit/core'
import { ownIdentity, readProcessState, type ProcessIdentity } from '@dinokit/file-lock'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onExit } from 'signal-exit'
import { temporaryError } from './temporary-room.ts'

const PREFIX = 'dinokit-model-'
const OWNER = 'owner.json'

/** A folder whose owner can't be looked up is left over once it is so old: nothing here takes a day. */
const OLD_MS = 86_400_000

const held = new Set<string>()
let unhook: (() => void) | undefined
let swept = false

/** A folder for the time that something takes. */
export interface TemporaryFolder {
  readonly path: string
  /**
   * Makes it.
   *
   * @throws DinokitError `disk-full`, `file-unwritable`
   */
  make(): void
  /** Removes it, if it was made. */
  remove(): Promise<void>
}

/**
 * Names a folder that, once it is made, is removed when the process ends, by a signal too, unless it is killed; then the next
 * process that makes one removes it.
 *
 * @param model - that a copy of is to be in it
 * @param prefix - what its path begins with
 */
export function temporaryFolder(model: OnnxModel, prefix = join(tmpdir(), PREFIX)): TemporaryFolder {
  const path = `${prefix}${randomName()}`
  return { path, make: () => make(path, model), remove: () => remove(path) }
}

/** Makes a prefix for paths of folders that no others have. */
export function temporaryPrefix(): string {
  return join(tmpdir(), `${PREFIX}${randomName()}-`)
}

function randomName(): string {
  return randomBytes(6).toString('hex')
}

function make(path: string, model: OnnxModel): void {
  // Signals that nothing else listens to end the process as before, once the folders are gone.
  unhook ??= onExit(removeTemporaryFolders)
  held.add(path)
  try {
    if (!swept) removeLeftovers()
    swept = true
    mkdirSync(path, { mode: 0o700 })
    writeFileSync(join(path, OWNER), JSON.stringify(ownIdentity()))
  } catch (cause) {
    throw temporaryError(model, cause)
  }
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
  held.delete(path)
  removeUnused()
}

function removeUnused(): void {
  if (held.size > 0) return
  unhook?.()
  unhook = undefined
}

/** Removes the folders that are in use. */
export function removeTemporaryFolders(): void {
  for (const path of held) {
    try {
      rmSync(path, { recursive: true, force: true })
    } catch {
      // Something has it open, on Windows; the next process removes it.
    }
  }
  held.clear()
}

/** Removes the folders of processes that were killed. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const path = join(tmpdir(), name)
    try {
      if (name.startsWith(PREFIX) && isLeft(path)) rmSync(path, { recursive: true, force: true })
    } catch {
      // It is being made, or removed, or another user's.
    }
  }
}

function isLeft(path: string): boolean {
  const owner = JSON.parse(readFileSync(join(path, OWNER), 'utf8')) as ProcessIdentity
  const { mtimeMs } = statSync(path)
  const state = readProcessState(owner, mtimeMs)
  return state === 'gone' || (state === 'unsure' && Date.now() - mtimeMs > OLD_MS)
}
