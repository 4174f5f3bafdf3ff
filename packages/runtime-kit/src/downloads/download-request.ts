import type { AssetOptions } from '@dinokit/core'
import type { FirstDownloadRecord } from './first-download.ts'

/** A file to be fetched. */
export interface DownloadRequest extends AssetOptions {
  /** Name for messages. */
  readonly name: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Expected length, where known beforehand. */
  readonly size?: number
  /** Expected digest, where known. `git` is the sha1 of a git blob. */
  readonly digest?: { readonly kind: 'sha256' | 'git'; readonly hex: string }
  /** The commit that it is of, where the hub says. */
  readonly commit?: string
  /** Record of the file when it was first downloaded: a change is refused. */
  readonly first?: FirstDownloadRecord | undefined
  /** Milliseconds without a byte after which the connection counts as dead. Default 30,000. */
  readonly stallMs?: number
  /**
   * Makes the requests, in place of the platform's `fetch`. What it rejects with is tried again, except a DinokitError that
   * has no cause.
   */
  readonly fetch?: typeof fetch
}
