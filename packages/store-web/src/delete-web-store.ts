import { deleteDB } from 'idb'
import { FOLDER } from './lib/opfs-backend.ts'
import { storageError } from './lib/storage-error.ts'
import { databaseName } from './lib/store-database.ts'

/**
 * Deletes a store of this site, with everything in it; where there is none, nothing happens.
 *
 * @param name - of the store
 * @throws DinokitError `store-locked` where it is open, `file-unwritable`
 */
export async function deleteWebStore(name: string): Promise<void> {
  try {
    const root = await navigator.storage.getDirectory()
    const folder = await root.getDirectoryHandle(FOLDER, { create: true })
    await folder.removeEntry(encodeURIComponent(name), { recursive: true }).catch((cause: unknown) => {
      if (!(cause instanceof DOMException && cause.name === 'NotFoundError')) throw cause
    })
    await deleteDB(databaseName(name))
  } catch (cause) {
    throw storageError(name, cause)
  }
}
