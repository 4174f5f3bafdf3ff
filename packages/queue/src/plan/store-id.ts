import { DinokitError } from '@dinokit/core'
import { randomUUID } from 'node:crypto'
import { readFirst } from '../storage/read-first.ts'
import type { Storage } from '../storage/storage.ts'

const KEY = 'queue/store.json'

/**
 * Identity of a store, by which jobs for another are known, whatever it is called on each machine. The first that asks for it
 * makes it.
 *
 * @param storage - of the store
 */
export async function storeId(storage: Storage): Promise<string> {
  const { id } = (await readFirst(storage, KEY, { id: randomUUID() })) as { readonly id?: unknown }
  if (typeof id === 'string') return id
  throw new DinokitError('store-invalid', `${storage.name}/${KEY} does not say which store it is.`, { expected: '{ "id": … }' })
}
