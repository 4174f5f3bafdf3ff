import { readSafetensors } from '@dinokit/checkpoint'
import { readTokenFile } from '@dinokit/checkpoint/tokens'
import { assertNotAborted, bytesSource, DinokitError, tensor, type Size, type Tensor, type Tokens } from '@dinokit/core'
import type { ClassifyAnswer, DepthAnswer, SegmentAnswer } from '../answers/heads.ts'
import type { SearchAnswer } from '../answers/search.ts'
import type { ErrorBody } from '../status-of.ts'

/** Image that is sent: the bytes of its file, or an address that the server is to fetch it from. */
export type ImageToSend = Blob | Uint8Array<ArrayBuffer> | ArrayBuffer | URL

/** Options of {@link createClient}. */
export interface ClientOptions {
  /** API key, where the server wants one. */
  readonly key?: string
  /** Sends requests. Default: the platform's own. */
  readonly fetch?: typeof fetch
}

/** Options of every call. */
interface CallOptions {
  /** Cancels the call. */
  readonly signal?: AbortSignal
}

/** Options of calls that look at an image. */
export interface MapOptions extends CallOptions {
  /** The model's input. Default: the server's. */
  readonly size?: number | Size
}

/** Options of calls whose answer is a map of the image's pixels. */
interface FlipOptions extends MapOptions {
  /** Average with the mirrored image. Default false. */
  readonly flip?: boolean
}

/** Options of {@link Client.search}. */
export interface SearchImageOptions extends CallOptions {
  /** Number of neighbors. Default 10. */
  readonly top?: number
  /** Those of this label alone. */
  readonly label?: string
  /** Those of this split alone. */
  readonly split?: string
  /** Weight of being unlike each other, from 0 (default: the nearest) to 1. */
  readonly diversity?: number
  /** Search by the store's index. Default false: exact. */
  readonly approximate?: boolean
}

/** Depth of an image, with its map. */
export interface DepthMap {
  /** [height][width] of the image. */
  readonly map: Tensor
  /** `m`, `disparity` or `relative`. */
  readonly unit: string
  /** Value of pixels of which nothing is known. */
  readonly unknown: number
}

/** Client of a server. Its errors are those of the server: a DinokitError with the same code. */
export interface Client {
  /**
   * Embeds an image.
   *
   * @returns what the library's own `embed` returns, but for the time that each step took
   * @throws DinokitError of the server; `download-failed` where it can't be reached; `busy` where it is busy
   */
  embed(image: ImageToSend, options?: MapOptions): Promise<Tokens>
  /** Classifies an image. */
  classify(image: ImageToSend, options?: MapOptions & { readonly top?: number }): Promise<ClassifyAnswer>
  /** Sums up the depth in an image. */
  depth(image: ImageToSend, options?: FlipOptions & { readonly focal?: number }): Promise<DepthAnswer>
  /** Estimates the depth of every pixel. */
  depthMap(image: ImageToSend, options?: FlipOptions & { readonly focal?: number }): Promise<DepthMap>
  /** Names the classes that are in an image. */
  segment(image: ImageToSend, options?: FlipOptions): Promise<SegmentAnswer>
  /** Finds the most similar images of the server's store. */
  search(image: ImageToSend, options?: SearchImageOptions): Promise<SearchAnswer>
}

const JSON_TYPE = 'application/json'
const TENSORS_TYPE = 'application/safetensors'

/**
 * Makes a client, which needs nothing but `fetch`: for Node and browsers.
 *
 * @param origin - of the server, such as `http://127.0.0.1:8080`
 * @param options - key
 */
export function createClient(origin: string | URL, { key, fetch = globalThis.fetch }: ClientOptions = {}): Client {
  const send = async (
    path: string,
    image: ImageToSend,
    { signal, ...query }: CallOptions & Readonly<Record<string, unknown>>,
    accept: string,
  ): Promise<Response> => {
    const url = new URL(path, origin)
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, textOf(value))
    const byAddress = image instanceof URL
    const request: RequestInit = {
      method: 'POST',
      headers: {
        accept,
        'content-type': byAddress ? JSON_TYPE : 'application/octet-stream',
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      body: byAddress ? JSON.stringify({ address: image.href }) : image,
      ...(signal && { signal }),
    }
    let response: Response
    try {
      response = await fetch(url, request)
    } catch (cause) {
      assertNotAborted(signal)
      throw new DinokitError('download-failed', `The server ${url.origin} can’t be reached.`, { given: String(cause), cause })
    }
    if (response.ok) return response
    throw await errorOf(response)
  }
  const ask = async <Answer>(path: string, image: ImageToSend, options: object): Promise<Answer> =>
    (await (await send(path, image, options as CallOptions & Readonly<Record<string, unknown>>, JSON_TYPE)).json()) as Answer
  const bytes = async (path: string, image: ImageToSend, options: object): Promise<Uint8Array> =>
    new Uint8Array(await (await send(path, image, options as CallOptions & Readonly<Record<string, unknown>>, TENSORS_TYPE)).arrayBuffer())
  return {
    embed: async (image, options = {}) => readTokenFile(await bytes('/embed', image, options), 'The answer'),
    classify: (image, options = {}) => ask('/classify', image, options),
    depth: (image, options = {}) => ask('/depth', image, options),
    segment: (image, options = {}) => ask('/segment', image, options),
    search: (image, options = {}) => ask('/search', image, options),
    async depthMap(image, options = {}) {
      const file = await readSafetensors(bytesSource('The answer', await bytes('/depth', image, options)))
      const depth = file.tensors.get('depth')!
      return {
        map: tensor('float32', await depth.readFloat32(), depth.shape),
        unit: file.metadata.unit!,
        unknown: Number(file.metadata.unknown),
      }
    },
  }
}

/** Value of an option as the query has it. */
function textOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'object' && value !== null) {
    const { width, height } = value as Size
    return `${width}x${height}`
  }
  return String(value)
}

/** The server's error; of what answered in its place, such as a proxy, the status. */
async function errorOf(response: Response): Promise<DinokitError> {
  const text = await response.text()
  let body: Partial<ErrorBody> = {}
  try {
    body = JSON.parse(text) as Partial<ErrorBody>
  } catch {
    // Said below.
  }
  const { code, message, ...details } = body.error ?? {}
  if (code === undefined || message === undefined)
    return new DinokitError('download-failed', 'The server did not answer as dinokit serve does.', { given: `status ${response.status}` })
  const error = new DinokitError(code, message)
  // The message has them already.
  Object.assign(error.details, details)
  return error
}
