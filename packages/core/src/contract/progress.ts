/** A step of a long piece of work, reported while it goes on. */
export interface Progress {
  /** Name of the file or image in work: a file's name. */
  readonly name: string
  /** Units done so far: bytes of a download. */
  readonly done: number
  /** Units in all, where known. */
  readonly total?: number
  /** Name of the units, a plural, where they are not bytes: runs of a network. */
  readonly unit?: string
}

/** Receives {@link Progress}. It must not throw. */
export type OnProgress = (progress: Progress) => void
