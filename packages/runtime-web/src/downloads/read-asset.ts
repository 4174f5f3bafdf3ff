import {
  assertNotAborted,
  bytesSource,
  blobSource,
  describeAsset,
  DinokitError,
  type AssetOptions,
  type AssetReference,
  type ByteSource,
} from '@dinokit/core'
import { chunksOf, isPage, parseAddress, watchStall, type StallWatch } from '@dinokit/runtime-kit'
import { findCached, readCached, type WebAssetOptions } from './read-cached.ts'
import { fetchOk } from './fetch-ok.ts'
import { baseAddress } from './base-address.ts'

/**
 * Opens a file of a model: of the page's own origin, from the hub, or from an address; the latter two by way of the
 * browser's cache, where downloads are resumed, and checked for length and digest where these are known.
 *
 * @param reference - which file
 * @param options - progress, cancellation, hub
 * @throws DinokitError `file-not-found`, `offline`, `download-failed`, `download-corrupt`, `download-changed`,
 *   `disk-full`, `aborted`
 */
export async function readAsset(reference: AssetReference, options: WebAssetOptions = {}): Promise<ByteSource> {
  assertNotAborted(options.signal)
  const name = describeAsset(reference)
  if (reference.kind === 'file') return fetchOwn(name, options)
  return readCached(name, reference, options)
}

/**
 * Where a file of a model lies in the browser's cache, if it does.
 *
 * @param reference - which file
 * @returns its key there, or undefined where it would have to be downloaded
 */
export async function findAsset(reference: AssetReference): Promise<string | undefined> {
  if (reference.kind === 'file') return reference.path
  return findCached(reference)
}

/**
 * Tells whether a path is a file or a folder, judged by its spelling: a server does not list its folders.
 *
 * @param path - an address of the page's own origin
 */
export async function statPath(path: string): Promise<'file' | 'folder' | undefined> {
  if (/\.(pth|pt|pt2|ckpt|bin|safetensors|gguf|onnx|h5|index(?:\.\w+)?\.json)(?:[?#].*)?$/i.test(path)) return 'file'
  return /^(?:\.{0,2}\/|[a-z][a-z0-9+.-]+:)/i.test(path) ? 'folder' : undefined
}

/** A file of the page's own origin: the browser keeps it as its server tells it to. */
async function fetchOwn(path: string, { onProgress, signal }: AssetOptions): Promise<ByteSource> {
  const url = parseAddress(path, baseAddress())
  const watch = watchStall(path, undefined, signal)
  try {
    return await readOwn(path, await fetchOk(url, path, watch.signal), watch, {
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
    })
  } catch (cause) {
    throw watch.error() ?? cause
  } finally {
    watch.end()
  }
}

async function readOwn(path: string, response: Response, watch: StallWatch, { onProgress, signal }: AssetOptions): Promise<ByteSource> {
  watch.alive()
  if (isPage(response)) {
    await response.body?.cancel()
    throw new DinokitError('file-not-found', `There is no ${path}: the server sent an HTML page in its place.`, {
      given: 'an HTML page',
      expected: 'a file of a model',
      hint: 'Check the address; a server that answers everything with its own page has no such file.',
    })
  }
  const length = response.headers.get('content-length')
  const total = length === null || response.headers.has('content-encoding') ? undefined : Number(length)
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let done = 0
  try {
    for await (const chunk of chunksOf(response.body)) {
      watch.alive()
      chunks.push(chunk)
      done += chunk.byteLength
      onProgress?.({ name: path, done, ...(total !== undefined && { total }) })
    }
  } catch (cause) {
    assertNotAborted(signal)
    throw new DinokitError('download-failed', `${path} broke off.`, { given: String(cause), hint: 'Try again.', cause })
  }
  if (done > LARGEST_HELD) return blobSource(path, new Blob(chunks))
  const bytes = new Uint8Array(done)
  let position = 0
  for (const chunk of chunks) {
    bytes.set(chunk, position)
    position += chunk.byteLength
  }
  return bytesSource(path, bytes)
}

/** Larger files become a Blob, which the browser may keep on disk, and of which each read takes milliseconds. */
const LARGEST_HELD = 1 << 27
