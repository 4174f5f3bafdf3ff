/** Files beside a store's tables: rows that wait to be merged, and what says which store it is. In a folder or a bucket. */
export interface Storage {
  /** Name for people: a folder or an address. */
  readonly name: string
  /** Writes a file whole, whatever is there. */
  put(key: string, bytes: Uint8Array): Promise<void>
  /** Writes a file whole where there is none; whether this call was the one that did. */
  putNew(key: string, bytes: Uint8Array): Promise<boolean>
  /** Reads a file; undefined where there is none. */
  get(key: string): Promise<Uint8Array | undefined>
  /** Keys that begin so, in order. */
  list(prefix: string): Promise<string[]>
  /** Removes files; those that are not there are passed over. */
  remove(keys: readonly string[]): Promise<void>
  /** Ends connections. */
  close(): void
}
