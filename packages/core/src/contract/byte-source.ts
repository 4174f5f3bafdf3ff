import { DinokitError } from './dinokit-error.ts'

/**
 * Bytes that can be read at any offset without holding them all: a file on disk, a cached download, a Blob, a buffer.
 * Whoever opened it closes it.
 */
export interface ByteSource {
  /** Name for people: a path or an address. For messages. */
  readonly name: string
  /** Length in bytes. */
  readonly size: number
  /**
   * Reads exactly `length` bytes at `offset`.
   *
   * @throws DinokitError `file-unreadable` where the range lies outside or the bytes can't be had
   */
  read(offset: number, length: number): Promise<Uint8Array>
  /** Frees what holds it open. Closing twice is safe. */
  close(): Promise<void>
}

/**
 * A byte source over bytes in memory.
 *
 * @param name - what a person knows it by
 * @param bytes - not copied; reads return views
 */
export function bytesSource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    read: async (offset, length) => {
      assertRange(name, bytes.byteLength, offset, length)
      return bytes.subarray(offset, offset + length)
    },
    close: async () => {},
  }
}

/**
 * A byte source over a Blob or a File: read at any offset, never whole.
 *
 * @param name - what a person knows it by
 * @param blob - a File that was picked or dropped, or a part of a cache
 */
export function blobSource(name: string, blob: Blob): ByteSource {
  return {
    name,
    size: blob.size,
    async read(offset, length) {
      assertRange(name, blob.size, offset, length)
      try {
        return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer())
      } catch (cause) {
        throw new DinokitError('file-unreadable', `${name} can’t be read.`, {
          given: String(cause),
          hint: 'It may have been moved or changed since it was picked: pick it again.',
          cause,
        })
      }
    },
    close: async () => {},
  }
}

/**
 * Refuses a range that does not lie inside a source.
 *
 * @param name - of the source
 * @param size - of the source, in bytes
 * @param offset - first byte asked for
 * @param length - number of bytes asked for
 * @throws DinokitError `file-unreadable`
 */
export function assertRange(name: string, size: number, offset: number, length: number): void {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0 || offset + length > size) {
    throw new DinokitError('file-unreadable', `${name} has no bytes ${offset} to ${offset + length}.`, {
      given: `offset ${offset}, length ${length}`,
      expected: `a range inside its ${size} bytes`,
      hint: 'The file may be truncated: fetch it again.',
    })
  }
}
