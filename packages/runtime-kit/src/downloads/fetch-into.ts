import { DinokitError } from '@dinokit/core'
import { STALL_MS, watchStall } from '../watch-stall.ts'
import { chunksOf } from './chunks-of.ts'
import type { DownloadRequest } from './download-request.ts'
import { assertFirst } from './assert-first.ts'
import type { Begun, PartialFile } from './partial-file.ts'
import { isPage, refusal } from './refusal.ts'
import { retry } from './retry.ts'

const ATTEMPTS = 5

/**
 * Fetches until everything is there, with a few attempts, each of which goes on where the last one stopped.
 *
 * @param request - what is fetched
 * @param file - where it is kept
 * @throws DinokitError `file-not-found` for 404, `download-failed`, `download-corrupt`, `download-changed`, `disk-full`,
 *   `file-unwritable`, `aborted`
 */
export async function fetchInto(request: DownloadRequest, file: PartialFile): Promise<void> {
  const { name, signal } = request
  let before = 0
  const advanced = async (): Promise<boolean> => (await file.begun()).length > before
  try {
    await retry({ name, signal, attempts: ATTEMPTS, mayPass, advanced }, async () => {
      const begun = await file.begun()
      before = begun.length
      await fetchRest(request, file, begun)
    })
  } catch (cause) {
    if (DinokitError.is(cause)) throw cause
    throw new DinokitError('download-failed', `${name} can’t be downloaded.`, {
      given: reasonOf(cause),
      expected: `an answer from ${new URL(request.url).host}`,
      hint: 'Check the connection and try again: what came so far is kept.',
      cause,
    })
  }
}

/** A refusal is final, unless it came of something else that may pass. */
function mayPass(cause: unknown): boolean {
  return !DinokitError.is(cause) || (cause.code === 'download-failed' && cause.cause !== undefined)
}

function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause
  return inner instanceof Error ? inner.message || inner.name : String(inner)
}

/** Meaning of an answer's bytes. */
interface Answer {
  /** Position in the file of the first. */
  readonly start: number
  /** Length of the whole file, where it is known. */
  readonly whole: number | undefined
  readonly etag: string | undefined
}

async function fetchRest(request: DownloadRequest, file: PartialFile, begun: Begun): Promise<void> {
  const { url, name, headers, onProgress, stallMs = STALL_MS, fetch: make = fetch } = request
  if (begun.length > 0 && begun.length === request.size) return
  const watch = watchStall(name, stallMs, request.signal)
  try {
    // A browser's own cache would ask for other ranges, and keep all of it twice.
    const response = await make(url, { headers: { ...headers, ...resumption(begun) }, cache: 'no-store', signal: watch.signal })
    watch.alive()
    const { start, whole, etag } = await assess(response, request, file, begun).catch(async (cause: unknown) => {
      await response.body?.cancel()
      throw cause
    })
    const writer = await file.append(start, etag)
    let position = start
    const report = (): void => onProgress?.({ name, done: position, ...(whole !== undefined && { total: whole }) })
    try {
      report()
      for await (const chunk of chunksOf(response.body)) {
        watch.alive()
        await writer.write(chunk)
        position += chunk.byteLength
        report()
      }
    } finally {
      await writer.close()
    }
    if (whole !== undefined && position !== whole) throw new Error(`the connection ended after ${position} of ${whole} bytes`)
  } catch (cause) {
    // Silence ends one attempt; the next goes on where this one stopped.
    throw watch.error() ? new Error(`no byte came for ${stallMs} ms`) : cause
  } finally {
    watch.end()
  }
}

/** Headers by which a server sends what is missing; a weak ETag does not vouch for bytes. */
function resumption({ length, etag }: Begun): Record<string, string> {
  if (length === 0) return {}
  return { range: `bytes=${length}-`, ...(etag !== undefined && !etag.startsWith('W/') && { 'if-range': etag }) }
}

/** Believes an answer, or refuses it. What is kept goes where it is of another file than the server has now. */
async function assess(response: Response, request: DownloadRequest, file: PartialFile, begun: Begun): Promise<Answer> {
  const { name, size } = request
  if (!response.ok && response.status !== 416) throw refusal(name, response)
  if (isPage(response))
    throw corrupt(name, 'an HTML page', 'a file of a model', 'Check the address; a network may want you to sign in first.')
  const etag = response.headers.get('etag') ?? undefined
  const start = startOf(response, begun)
  if (start === undefined) {
    await file.remove()
    throw new Error('the server has another file than the one begun')
  }
  const total = totalOf(response, start)
  if (size !== undefined && total !== undefined && total !== size)
    throw corrupt(name, `${total} bytes`, `${size} bytes`, 'The file was replaced, or a proxy answers in its place.')
  const whole = total ?? size
  if (whole !== undefined) {
    await assertFirst(request, file, { size: whole })
    await file.assertRoom(whole - start)
  }
  return { start, whole, etag }
}

/** Where an answer begins; undefined where it is no part of the file that was begun. */
function startOf({ status, headers }: Response, begun: Begun): number | undefined {
  if (status === 416) return undefined
  if (status !== 206) return 0
  // Of what travels compressed, no one knows which bytes these are.
  const same = (begun.length === 0 || (headers.get('etag') ?? undefined) === begun.etag) && !headers.has('content-encoding')
  const from = /^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1]
  return same && from !== undefined && Number(from) === begun.length ? begun.length : undefined
}

function totalOf({ headers }: Response, start: number): number | undefined {
  const total = /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1]
  if (total !== undefined) return Number(total)
  const length = headers.get('content-length')
  // Of an answer that travels compressed, the length is that of what travels.
  return length === null || headers.has('content-encoding') ? undefined : start + Number(length)
}

function corrupt(name: string, given: string, expected: string, hint: string): DinokitError {
  return new DinokitError('download-corrupt', `${name} is not what was expected: the server sent ${given}.`, { given, expected, hint })
}
