import { DinokitError } from '@dinokit/core'
import { randomBytes } from 'node:crypto'
import type { Storage } from './storage.ts'

/** Puts of one key that race. */
const RACING = 50

/**
 * Refuses storage on which two writers may both be told that they were first: LanceDB's commits rest on that one of them is
 * not, and rows would be lost in silence. 50 puts of one new key race with the condition that there is none yet; exactly one
 * must win, and what is there must be its own.
 *
 * @param storage - of a store
 * @throws DinokitError `storage-unsafe`; those of the storage, such as `file-unwritable` where permission is lacking
 */
export async function probeStorage(storage: Storage): Promise<void> {
  const key = `queue/probe/${randomBytes(8).toString('hex')}`
  try {
    const won = await Promise.all(Array.from({ length: RACING }, (_, racer) => storage.putNew(key, Uint8Array.of(racer))))
    const winners = won.flatMap((one, racer) => (one ? [racer] : []))
    const kept = await storage.get(key)
    if (winners.length === 1 && kept?.[0] === winners[0]) return
    throw new DinokitError('storage-unsafe', `${storage.name} does not keep to conditional writes: rows would be lost in silence.`, {
      given: `${winners.length} of ${RACING} racing writes of one new file were told that they were the first`,
      expected: 'exactly one',
      hint: 'Use a local disk, Amazon S3, Google Cloud Storage, Azure or a recent MinIO, or one writer without --queue.',
    })
  } finally {
    await storage.remove([key]).catch(() => {})
  }
}
