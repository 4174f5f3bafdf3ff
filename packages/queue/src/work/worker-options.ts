import type { DinokitError, Vision } from '@dinokit/core'
import type { ImageSource } from '@dinokit/runtime-node'

/** News of a worker. */
export type WorkerEvent =
  /** A shard is done: so many of its images were added (or replaced, or got other labels), were there already, or have failed. */
  | { readonly kind: 'shard'; readonly images: number; readonly added: number; readonly kept: number; readonly failed: number }
  /** An image has failed, and is in the failed list. */
  | { readonly kind: 'failed'; readonly id: string; readonly source: string; readonly error: DinokitError }
  /** So many rows were published. */
  | { readonly kind: 'merged'; readonly rows: number }
  /** This worker begins to pack the store and to make its indexes. */
  | { readonly kind: 'packing' }
  /** The store was packed and its indexes made. */
  | { readonly kind: 'packed'; readonly rows: number }
  /** Nothing was left to do, and so many planned images had neither a row nor a failure: they are in the queue again. */
  | { readonly kind: 'lost'; readonly images: number; readonly example: string }
  /** Something to say once, such as that the queue can't be reached. */
  | { readonly kind: 'note'; readonly text: string }

/** Options of `runWorker`. */
export interface WorkerRunOptions {
  /** Address of Redis, Valkey or PostgreSQL. */
  readonly queue: string
  /** Name of the queue. Default `dinokit`. */
  readonly name?: string
  /** The store: a folder, or an address such as `s3://bucket/embeddings`. */
  readonly store: string
  /** The store's model, opened with its layers, attention and size; stays the caller's. */
  readonly vision: Vision<ImageSource>
  /** Images of one run of the model. Default 1, on a GPU 8. */
  readonly batch?: number
  /**
   * Seconds after which the shard of a worker that has died is another's. A worker renews its lock twice in that time, in a
   * thread that does not compute. Default 30.
   */
  readonly lockSeconds?: number
  /** Least seconds from one publishing to the next. Default 10. */
  readonly publishSeconds?: number
  /** Whether files are on the disk, and not only with the system, before work counts as done. Default false. */
  readonly fsync?: boolean
  /** Whether to end when all work is done and published. Default false: wait for more. */
  readonly untilDone?: boolean
  /** Whether this worker may publish. Default true: one at a time does. */
  readonly publish?: boolean
  /** Whether tokens may have another precision than the store's. Default false. */
  readonly allowPrecision?: boolean
  readonly onEvent?: (event: WorkerEvent) => void
  /** Ends it: what was looked at is kept, and its shard goes back to the queue. */
  readonly signal?: AbortSignal
}

/** An error that says that a job is another worker's by now. */
export class LockLost extends Error {
  override readonly name = 'LockLost'
}

/** An image's own failure, which another try may mend. */
export class ImageFailed extends Error {
  override readonly name = 'ImageFailed'
}

/** Whether a failure is of the machine in a way that trying again won't mend. */
export function isFinal(error: DinokitError): boolean {
  return ['disk-full', 'fingerprint-mismatch', 'contract-mismatch', 'invalid-option', 'storage-unsafe', 'tensor-missing'].includes(
    error.code,
  )
}
