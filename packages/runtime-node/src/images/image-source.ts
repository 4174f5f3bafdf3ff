import type { Pixels } from '@dinokit/core'
import type { Readable } from 'node:stream'

/**
 * Source that this runtime can decode: a path; a URL (`file:`, `http:`, `https:`, `data:`, also as a string, but for `file:`);
 * the bytes of an image file, with a name for messages or without; a Blob; a stream of bytes, Node's or the web's; or pixels
 * that are decoded already.
 */
export type ImageSource = string | URL | Uint8Array | ArrayBuffer | NamedBytes | Blob | Readable | ReadableStream<Uint8Array> | Pixels

/** The bytes of an image file, and what a person knows it by. */
export interface NamedBytes {
  readonly name: string
  readonly bytes: Uint8Array
}
