import { DinokitError } from '@dinokit/core'

/** Used part of FileSystemSyncAccessHandle, which only workers know. */
interface SyncHandle {
  read(buffer: Uint8Array, options: { readonly at: number }): number
  write(buffer: Uint8Array, options: { readonly at: number }): number
  flush(): void
  getSize(): number
  close(): void
}

type SyncFileHandle = FileSystemFileHandle & {
  createSyncAccessHandle(options: { readonly mode: 'readwrite' | 'read-only' }): Promise<SyncHandle>
}

/** Numbers of one kind of all rows, in slots of equal length, in a private file of the page's origin. */
export interface NumberFile {
  /** Reads a slot, or as many in a row as fit. */
  read(slot: number, into: Uint8Array): void
  /** Writes slots in a row; they are on disk when this returns. */
  write(slot: number, bytes: Uint8Array): void
  /** Counts the whole slots. */
  slots(): number
  close(): void
}

/**
 * Opens or makes the file of a tensor.
 *
 * @param stride - length of a slot in bytes
 */
export async function openNumberFile(
  folder: FileSystemDirectoryHandle,
  name: string,
  stride: number,
  access: 'read' | 'write',
): Promise<NumberFile> {
  const file = (await folder.getFileHandle(`${name}.bin`, { create: true })) as SyncFileHandle
  const handle = await file.createSyncAccessHandle({ mode: access === 'read' ? 'read-only' : 'readwrite' })
  return {
    read(slot, into) {
      const read = handle.read(into, { at: slot * stride })
      if (read < into.byteLength)
        throw new DinokitError('store-invalid', `${name} ends before its rows do.`, {
          given: `${read} bytes`,
          expected: `${into.byteLength}`,
        })
    },
    write(slot, bytes) {
      for (let written = 0; written < bytes.byteLength;) {
        const count = handle.write(bytes.subarray(written), { at: slot * stride + written })
        if (count === 0) throw new DOMException('nothing was written', 'QuotaExceededError')
        written += count
      }
      handle.flush()
    },
    slots: () => Math.floor(handle.getSize() / stride),
    close: () => handle.close(),
  }
}
