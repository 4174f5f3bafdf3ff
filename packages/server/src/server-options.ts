import type { Head, HeadCall, Vision } from '@dinokit/core'
import type { ClassifyOptions, Classification } from '@dinokit/head-classification'
import type { Depth, EstimateOptions } from '@dinokit/head-depth'
import type { Segmentation, SegmentOptions } from '@dinokit/head-segmentation'
import type { Store } from '@dinokit/store'
import type { ImageSource } from 'dinokit'
import type { Logger } from 'pino'
import type { Resolve } from './input/fetch-address.ts'

/** The part of a vision that a server uses: what `open()` of dinokit returns, with its heads under these names. */
export interface ServerVision extends Pick<Vision<ImageSource>, 'card' | 'engine' | 'fingerprint' | 'stream' | 'allowPrecision'> {
  readonly heads: {
    readonly classification?: HeadCall<ImageSource, Head<ClassifyOptions, Classification>>
    readonly depth?: HeadCall<ImageSource, Head<EstimateOptions, Depth>>
    readonly segmentation?: HeadCall<ImageSource, Head<SegmentOptions, Segmentation>>
  }
}

/** Limits of a server. Pixels of an image are limited by the vision: `open({ pixelLimit })`. */
export interface ServerLimits {
  /** Bytes of one request's body, or of an image at an address. */
  readonly bytes: number
  /** Bytes of all bodies that are held at once; beyond them requests are answered 429. */
  readonly heldBytes: number
  /** Pixels of a model's input that a request may ask for by `size`. */
  readonly inputPixels: number
  /** Requests that wait for the model; beyond them requests are answered 429. */
  readonly waiting: number
  /** Milliseconds within which a request's body has come. */
  readonly bodyMs: number
  /** Milliseconds within which a request whose body has come is answered. */
  readonly answerMs: number
  /** Numbers of a JSON answer; for more there is safetensors. */
  readonly jsonNumbers: number
}

/** Defaults of {@link ServerLimits}. */
export const SERVER_LIMITS: Readonly<ServerLimits> = Object.freeze({
  bytes: 20_000_000,
  heldBytes: 256_000_000,
  inputPixels: 1036 * 1036,
  waiting: 128,
  bodyMs: 30_000,
  answerMs: 60_000,
  jsonNumbers: 1_000_000,
})

/** Way to form batches across requests. */
export interface BatchOptions {
  /** Images of one run at most. Default 8 on a GPU; 1 on a processor, where batches win nothing. */
  readonly most?: number
  /** Milliseconds that the first image of a run waits for others. Default 5. */
  readonly withinMs?: number
  /** Runs at once: while one computes, the images of others are decoded. Default 4. */
  readonly atOnce?: number
}

/** Options of {@link createServer}. */
export interface ServerOptions {
  /** Model and heads that answer. It stays the caller's. */
  readonly vision: ServerVision
  /** Store that `/search` looks in. It stays the caller's. */
  readonly store?: Store
  /** Limits that differ from {@link SERVER_LIMITS}. */
  readonly limits?: Partial<ServerLimits>
  /** Way to form batches. */
  readonly batch?: BatchOptions
  /** API keys, one of which each request must bring as `Authorization: Bearer KEY`. Default: none is needed. */
  readonly keys?: readonly string[]
  /** Origins of other sites whose pages may call the server (CORS), such as `https://app.example`. Default: none. */
  readonly origins?: readonly string[]
  /** Hosts from whose addresses images are fetched: `images.example`, `images.example:8443`, `*.images.example`. Default: none. */
  readonly hosts?: readonly string[]
  /** Finds the addresses of a host's name. Default: the system's resolver. */
  readonly resolve?: Resolve
  /** Log, one line of JSON a request; never a part of an image. Default: pino's, on standard output. */
  readonly log?: Logger
}
