/** Length and digest of a whole file. */
export interface Found {
  /** Length in bytes. */
  readonly size: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
  /** sha1 of the git blob that the file would be, where it was asked for. */
  readonly git?: string
}

/** Kept part of a file that is being downloaded. */
export interface Begun {
  /** Bytes from the file's first on. */
  readonly length: number
  /** The server's ETag of the file that they are of, where it said one. */
  readonly etag?: string | undefined
}

/** Writes pieces behind one another. */
export interface PartialWriter {
  /**
   * Adds a piece. What it resolved for may still be lost until {@link PartialWriter.close}.
   *
   * @throws DinokitError `disk-full`, `file-unwritable`
   */
  write(chunk: Uint8Array<ArrayBuffer>): Promise<void>
  /** Keeps all of it. */
  close(): Promise<void>
}

/** A file on its way: on a disk, or in a browser's cache. One download at a time has it. */
export interface PartialFile {
  /** Kept part so far. */
  begun(): Promise<Begun>
  /**
   * Refuses a download for which there is no room.
   *
   * @param bytes - that are still to come
   * @throws DinokitError `disk-full`
   */
  assertRoom(bytes: number): Promise<void>
  /**
   * Goes on writing it.
   *
   * @param start - where: behind all that is kept, or 0, which drops that
   * @param etag - of the file whose bytes come
   * @throws DinokitError `disk-full`, `file-unwritable`
   */
  append(start: number, etag: string | undefined): Promise<PartialWriter>
  /**
   * Reads what is kept, and says what it is.
   *
   * @param git - whether the sha1 of a git blob is wanted, too
   * @param signal - cancels the reading
   * @throws DinokitError `aborted`, `download-failed` where something of it is gone
   */
  digests(git: boolean, signal: AbortSignal | undefined): Promise<Found>
  /** Puts the whole file in its place. */
  commit(found: Found): Promise<void>
  /** Forgets what is kept. */
  remove(): Promise<void>
}
