import type { Storage } from './storage.ts'

/**
 * Reads a file of JSON, which the first that asks for it writes.
 *
 * @param storage - of a store
 * @param key - of the file
 * @param own - what is written where there is none
 * @returns what is there: of several at once, all get the same
 */
export async function readFirst(storage: Storage, key: string, own: object): Promise<unknown> {
  let there = await storage.get(key)
  if (!there) {
    await storage.putNew(key, new TextEncoder().encode(JSON.stringify(own)))
    there = await storage.get(key)
  }
  return JSON.parse(new TextDecoder().decode(there))
}
