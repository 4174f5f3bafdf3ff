import { DinokitError } from '@dinokit/core'
import type { Queues } from '../queue/open-queues.ts'
import { readFirst } from '../storage/read-first.ts'
import { isS3 } from '../storage/s3-client.ts'
import type { Storage } from '../storage/storage.ts'

const KEY = 'queue/queue.json'

/**
 * Refuses a second queue for a store in a bucket: of each queue one worker merges at a time, and in a bucket no lock keeps two of
 * them apart, which would add rows twice. The first queue that comes is the store's. In a folder there is a lock.
 *
 * @param queues - of the store
 * @param storage - of the store
 * @throws DinokitError `invalid-option`
 */
export async function assertOnlyQueue(queues: Queues, storage: Storage): Promise<void> {
  if (!isS3(storage.name)) return
  const { address, name } = queues
  const own = { queue: await queues.identity(), name, address: address.shown }
  const first = (await readFirst(storage, KEY, own)) as Readonly<typeof own>
  if (first.queue === own.queue) return
  throw new DinokitError('invalid-option', `${storage.name} is filled through another queue: two would add rows twice.`, {
    given: `${name} at ${address.shown}`,
    expected: `${first.name}, at ${first.address} when it was first used`,
    hint: `If that queue is gone for good, end all workers, delete ${KEY} in the store, and plan again.`,
  })
}
