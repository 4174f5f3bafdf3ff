/** Record of a file when it was first downloaded. */
export interface FirstDownload {
  /** Length in bytes. */
  readonly size: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
  /** The hub's commit, where it said so. */
  readonly commit?: string | undefined
  /** The day, as ISO 8601 says it. */
  readonly on?: string | undefined
}

/** Remembers what a file was, beyond the file's own time in the cache. */
export interface FirstDownloadRecord {
  /** Step of a person who accepts a change, such as `delete PATH`. */
  readonly accept: string
  /** Reads the record; undefined where nothing is remembered. */
  read(): Promise<FirstDownload | undefined>
}
