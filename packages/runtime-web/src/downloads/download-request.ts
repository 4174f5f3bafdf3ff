import type { AssetOptions } from '@dinokit/core'

/** A file to be fetched. */
export interface Download extends AssetOptions {
  /** What a person knows it by. */
  readonly name: string
  /** What it is kept under. */
  readonly key: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Expected length, where known beforehand. */
  readonly size?: number
  /** Expected digest, where known. `git` is the sha1 of a git blob. */
  readonly digest?: { readonly kind: 'sha256' | 'git'; readonly hex: string }
  /** The hub's commit that it is of, where the hub says. */
  readonly commit?: string
  /** Milliseconds without a byte after which the connection counts as dead. Default 30,000. */
  readonly stallMs?: number
}
