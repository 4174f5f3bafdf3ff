import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownCacheFolder } from '../downloads/cache-folders.ts'
import { writeFileAtomic } from '../files/write-file-atomic.ts'

/** Finding about a device and a model on this machine. */
export interface KeptFinding {
  /** Why the device is not used; undefined where it is. */
  readonly objection?: string
  /** Day on which it was found, in milliseconds since 1970. */
  readonly at: number
}

/** Conditions of a finding: under others it says nothing. */
export interface FindingKey {
  readonly engine: string
  readonly device: string
  readonly driver: string
  readonly adapters: readonly string[]
  /** Digest of the weights. */
  readonly model: string
  readonly precision: string
}

/** Time after which a device that was refused is tried again: what was in its way may have gone. */
const RETRY_MS = 7 * 24 * 60 * 60 * 1000

/** Most findings that are kept; the oldest go. */
const MOST = 200

/** Name of the file in dinokit's own cache folder. */
const FILE = 'devices.json'

/**
 * Reads what was found under these conditions.
 *
 * @param key - the conditions
 * @returns undefined where nothing was, or where it was so long ago that it is to be tried again
 */
export function readFinding(key: FindingKey): KeptFinding | undefined {
  const found = readAll()[digestOf(key)]
  if (found?.objection !== undefined && Date.now() - found.at > RETRY_MS) return undefined
  return found
}

/**
 * Keeps what was found. Where the cache folder can't be written, it is found again the next time.
 *
 * @param key - the conditions
 * @param objection - why the device is not used; undefined where it is
 */
export async function keepFinding(key: FindingKey, objection: string | undefined): Promise<void> {
  const finding: KeptFinding = { at: Date.now(), ...(objection !== undefined && { objection }) }
  const all = Object.entries({ ...readAll(), [digestOf(key)]: finding })
  const kept = Object.fromEntries(all.sort(([, a], [, b]) => b.at - a.at).slice(0, MOST))
  try {
    await writeFileAtomic(join(ownCacheFolder(), FILE), [Buffer.from(JSON.stringify({ version: 1, findings: kept }, undefined, 1))])
  } catch {
    // A cache: nobody is worse off than before.
  }
}

function readAll(): Readonly<Record<string, KeptFinding>> {
  try {
    const { version, findings } = JSON.parse(readFileSync(join(ownCacheFolder(), FILE), 'utf8')) as {
      readonly version?: unknown
      readonly findings?: unknown
    }
    if (version !== 1 || typeof findings !== 'object' || findings === null) return {}
    return Object.fromEntries(Object.entries(findings as Record<string, unknown>).filter(isFinding))
  } catch {
    return {}
  }
}

function isFinding(entry: [string, unknown]): entry is [string, KeptFinding] {
  const finding = entry[1] as Partial<KeptFinding> | null
  return typeof finding?.at === 'number' && (finding.objection === undefined || typeof finding.objection === 'string')
}

function digestOf({ engine, device, driver, adapters, model, precision }: FindingKey): string {
  return createHash('sha256')
    .update(JSON.stringify([engine, device, driver, adapters, model, precision]))
    .digest('hex')
}
