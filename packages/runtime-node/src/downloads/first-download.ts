import { DinokitError } from '@dinokit/core'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ifThere } from '../files/if-there.ts'
import { ownCacheFolder } from './cache-folders.ts'
import { writeFileAtomic } from '../files/write-file-atomic.ts'

/** What a file was when this machine first downloaded it. */
interface FirstDownload {
  /** Length in bytes. */
  readonly size: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
  /** The hub's commit, where it said so. */
  readonly commit?: string
  /** The day, as ISO 8601 says it. */
  readonly on: string
}

/** Remembers what a file was, beyond the file's own time in the cache. */
export interface FirstDownloadRecord {
  /** Path of the record: who deletes it accepts what comes next. */
  readonly path: string
  read(): Promise<FirstDownload | undefined>
  /** Keeps what was downloaded, unless something is kept. */
  keep(download: Omit<FirstDownload, 'on'>): Promise<void>
}

/**
 * The record of a file's first download, in dinokit's own cache.
 *
 * @param name - tells the file from all others: an address, or `owner/name/file@revision`
 */
export function firstDownloadOf(name: string): FirstDownloadRecord {
  const key = createHash('sha256').update(name).digest('hex').slice(0, 12)
  const path = join(ownCacheFolder(), 'first-downloads', `${key}.json`)
  const read = async (): Promise<FirstDownload | undefined> => {
    const text = await ifThere(path, readFile(path, 'utf8'))
    if (text === undefined) return undefined
    try {
      return JSON.parse(text) as FirstDownload
    } catch (cause) {
      throw new DinokitError('file-unreadable', `${path} does not say any more what was downloaded first.`, {
        given: 'no JSON',
        expected: 'the record of a download',
        hint: 'Delete it, and what is downloaded next is what counts.',
        cause,
      })
    }
  }
  return {
    path,
    read,
    async keep(download) {
      if (await read()) return
      const text = JSON.stringify({ name, ...download, on: new Date().toISOString().slice(0, 10) }, undefined, 2)
      await writeFileAtomic(path, [new TextEncoder().encode(`${text}\n`)])
    },
  }
}

/**
 * Refuses a file that is not what it was.
 *
 * @param name - as a person knows it
 * @param record - of its first download
 * @param now - what is known of what the server has now
 * @throws DinokitError `download-changed`
 */
export async function assertUnchanged(
  name: string,
  record: FirstDownloadRecord,
  now: { readonly size?: number; readonly sha256?: string; readonly commit?: string },
): Promise<void> {
  const first = await record.read()
  if (!first) return
  const same = (now.size ?? first.size) === first.size && (now.sha256 ?? first.sha256) === first.sha256
  if (same) return
  throw new DinokitError('download-changed', `${name} is not what it was when it was first downloaded, on ${first.on}.`, {
    given: describe(now),
    expected: describe(first),
    hint: `If the change is meant, delete ${record.path} and try again.`,
  })
}

function describe({ size, sha256, commit }: { readonly size?: number; readonly sha256?: string; readonly commit?: string }): string {
  return [
    ...(size === undefined ? [] : [`${size} bytes`]),
    ...(sha256 === undefined ? [] : [`sha256 ${sha256}`]),
    ...(commit === undefined ? [] : [`commit ${commit}`]),
  ].join(', ')
}
