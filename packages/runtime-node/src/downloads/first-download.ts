import { DinokitError } from '@dinokit/core'
import type { FirstDownload, FirstDownloadRecord } from '@dinokit/runtime-kit'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ifThere } from '../files/if-there.ts'
import { ownCacheFolder } from './cache-folders.ts'
import { writeFileAtomic } from '../files/write-file-atomic.ts'

/** The record of a file's first download. */
export interface FirstDownloadFile extends FirstDownloadRecord {
  /** Path of the record. */
  readonly path: string
  /** Keeps what was downloaded, unless something is kept. */
  keep(download: FirstDownload): Promise<void>
}

/**
 * The record of a file's first download, in dinokit's own cache.
 *
 * @param name - tells the file from all others: an address, or `owner/name/file@revision`
 */
export function firstDownloadOf(name: string): FirstDownloadFile {
  const key = createHash('sha256').update(name).digest('hex').slice(0, 12)
  const path = join(ownCacheFolder(), 'first-downloads', `${key}.json`)
  const read = async (): Promise<FirstDownload | undefined> => {
    const text = await ifThere(path, readFile(path, 'utf8'))
    if (text === undefined) return undefined
    try {
      return JSON.parse(text) as FirstDownload
    } catch (cause) {
      throw new DinokitError('file-unreadable', `${path} is damaged: it records what was downloaded first.`, {
        given: 'no JSON',
        expected: 'the record of a download',
        hint: 'Delete it to accept the next download.',
        cause,
      })
    }
  }
  return {
    path,
    accept: `delete ${path}`,
    read,
    async keep(download) {
      if (await read()) return
      const text = JSON.stringify({ name, ...download, on: new Date().toISOString().slice(0, 10) }, undefined, 2)
      await writeFileAtomic(path, [new TextEncoder().encode(`${text}\n`)])
    },
  }
}
