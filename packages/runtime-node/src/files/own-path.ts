import { parseAddress } from '@dinokit/runtime-kit'
import { createHash } from 'node:crypto'
import { basename, join } from 'node:path'
import { ownCacheFolder } from '../downloads/cache-folders.ts'

/** Where dinokit's own cache keeps what is downloaded from an address. */
export function ownPath(url: string): string {
  const key = createHash('sha256').update(url).digest('hex').slice(0, 12)
  return join(ownCacheFolder(), 'downloads', key, basename(parseAddress(url).pathname) || 'file')
}
