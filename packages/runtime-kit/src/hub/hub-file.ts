import type { HubOptions } from './hub-reference.ts'

/** File of the hub. What a mirror without the hub's API does not say is missing. */
export interface HubFile {
  /** The commit that the revision is at. */
  readonly commit?: string
  /** Length in bytes. */
  readonly size?: number
  /** Lower-case hexadecimal; `git` is the sha1 of a git blob. */
  readonly digest?: { readonly kind: 'sha256' | 'git'; readonly hex: string }
  /** Where it is downloaded from: pinned to the commit, where that is known. */
  readonly url: string
}

/** Options of `resolveHubFile`. */
export interface AskOptions extends HubOptions {
  /** Cancels the asking. */
  readonly signal?: AbortSignal
  /** Makes the requests, in place of the platform's `fetch`: by way of a proxy, say. */
  readonly fetch?: typeof fetch
}
