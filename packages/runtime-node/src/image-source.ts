import type { Pixels } from '@dinokit/core'
import type { Readable } from 'node:stream'

/**
 * What this runtime can decode: a path; a URL (`file:`, `http:`, `https:`, `data:`, also as a string, but for `file:`);
 * the bytes of an image file; a Blob; a stream of bytes, Node's or the web's; or pixels that are decoded already.
 */
export type ImageSource = string | URL | Uint8Array | ArrayBuffer | Blob | Readable | ReadableStream<Uint8Array> | Pixels
