import { assertNotAborted, DinokitError, systemErrorCode } from '@dinokit/core'
import { STALL_MS, watchStall, isPassing, passingFailure, pauseBefore } from '@dinokit/runtime-kit'
import { mkdir, open, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { assertDigest, assertFirst, keepFirst, promised } from './check-download.ts'
import { fetchByProxy } from './fetch-by-proxy.ts'
import { writeError } from '../files/file-error.ts'
import { partial, sizeOf, validatorPath } from './partial-file.ts'
import { withLock } from '../files/with-lock.ts'
import type { Download } from './download-request.ts'

const ATTEMPTS = 5

/**
 * Fetches a file into its place, unless it is there. What came so far is kept in `path.incomplete` and resumed; the file
 * appears only when it is whole and its size and digest are right. Two processes at once fetch it once.
 *
 * @throws DinokitError `file-not-found` for 404, `download-failed`, `download-corrupt`, `download-changed` where it is not what
 *   it was at first, `disk-full`, `file-unwritable`, `aborted`
 */
export async function download(request: Download): Promise<void> {
  const { path, signal } = request
  if (await exists(path)) return
  await withLock(`${path}.lock`, signal, async () => {
    if (await exists(path)) return
    try {
      await mkdir(dirname(path), { recursive: true })
      await assertFirst(request, promised(request))
      await fetchWhole(request)
      const found = await assertDigest(request)
      await assertFirst(request, found)
      await keepFirst(request, found)
      await rename(partial(path), path)
      await rm(validatorPath(path), { force: true })
    } catch (cause) {
      assertNotAborted(signal)
      throw DinokitError.is(cause) ? cause : writeError(path, cause)
    }
  })
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  )
}

/** Fetches until everything is there, with a few attempts, each of which goes on where the last one stopped. */
async function fetchWhole(request: Download): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const before = await sizeOf(partial(request.path))
    try {
      await fetchRest(request, before)
      return
    } catch (cause) {
      assertNotAborted(request.signal)
      if (DinokitError.is(cause) || isDiskError(cause)) throw cause
      // An attempt that brought something does not count.
      if ((await sizeOf(partial(request.path))) > before) attempt = 0
      if (attempt >= ATTEMPTS) {
        throw new DinokitError('download-failed', `${request.name} can’t be downloaded.`, {
          given: reasonOf(cause),
          expected: `an answer from ${new URL(request.url).host}`,
          hint: 'Check the connection and try again: what came so far is kept.',
          cause,
        })
      }
      await pauseBefore(attempt, cause, request.name, request.signal)
    }
  }
}

async function fetchRest(request: Download, start: number): Promise<void> {
  const { url, path, name, onProgress, stallMs = STALL_MS } = request
  const watch = watchStall(name, stallMs, request.signal)
  try {
    const validator = start > 0 ? await readFile(validatorPath(path), 'utf8').catch(() => '') : ''
    const resume = start > 0 ? { range: `bytes=${start}-`, ...(validator && { 'if-range': validator }) } : {}
    const response = await fetchByProxy(url, {
      headers: { ...request.headers, ...resume, 'accept-encoding': 'identity' },
      signal: watch.signal,
    })
    watch.alive()
    if (response.status === 416) {
      await response.body?.cancel()
      if (start === request.size) return
      await rm(partial(path), { force: true })
      throw new Error('the server has another file than the one begun')
    }
    const { from, whole } = await assertAnswer(response, request, start).catch(async (cause: unknown) => {
      await response.body?.cancel()
      throw cause
    })
    const etag = response.headers.get('etag')
    if (etag && !etag.startsWith('W/')) await writeFile(validatorPath(path), etag)
    else await rm(validatorPath(path), { force: true })
    await using file = await open(partial(path), start > 0 ? 'r+' : 'w')
    await file.truncate(from)
    let position = from
    onProgress?.({ name, done: position, ...(whole !== undefined && { total: whole }) })
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      watch.alive()
      for (let written = 0; written < chunk.byteLength;) {
        written += (await file.write(chunk, written, chunk.byteLength - written, position + written)).bytesWritten
      }
      position += chunk.byteLength
      onProgress?.({ name, done: position, ...(whole !== undefined && { total: whole }) })
    }
    if (whole !== undefined && position !== whole) throw new Error(`the connection ended after ${position} of ${whole} bytes`)
  } catch (cause) {
    // Silence ends one attempt; the next goes on where this one stopped.
    throw watch.error() ? new Error(`no byte came for ${stallMs} ms`) : cause
  } finally {
    watch.end()
  }
}

/** Believes an answer, and says from where on it has bytes, and of how many. */
async function assertAnswer(
  response: Response,
  request: Download,
  start: number,
): Promise<{ readonly from: number; readonly whole: number | undefined }> {
  const { name, path, size } = request
  if (!response.ok) refuse(response, request)
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    throw new DinokitError('download-corrupt', `${name} is not what was expected: the server sent an HTML page.`, {
      given: 'an HTML page',
      expected: 'a file of a model',
      hint: 'Check the address; a network may want you to sign in first.',
    })
  }
  const from = response.status === 206 ? rangeStart(response) : 0
  if (from > start) throw new Error(`the server sent bytes from ${from} on`)
  const total = totalOf(response, from)
  if (size !== undefined && total !== undefined && total !== size) {
    throw new DinokitError('download-corrupt', `${name} has ${total} bytes on the server.`, {
      given: `${total} bytes`,
      expected: `${size} bytes`,
      hint: 'The file was replaced, or a proxy answers in its place.',
    })
  }
  const whole = total ?? size
  if (whole !== undefined) await assertFirst(request, { size: whole })
  await assertRoom(path, (whole ?? 0) - from)
  return { from, whole }
}

function refuse(response: Response, { name, url }: Download): never {
  const { status, statusText } = response
  if (isPassing(status)) throw passingFailure(response)
  const hint =
    status === 401 || status === 403
      ? 'The model may be gated or private: accept its terms on the hub and set HF_TOKEN.'
      : status === 404
        ? 'Check the name and the revision.'
        : undefined
  throw new DinokitError(status === 404 ? 'file-not-found' : 'download-failed', `${name}: the server answered ${status} ${statusText}.`, {
    given: url,
    expected: '200 OK',
    ...(hint && { hint }),
  })
}

function rangeStart(response: Response): number {
  const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')
  if (!range) throw new Error('the server sent a part without saying which')
  return Number(range[1])
}

function totalOf(response: Response, from: number): number | undefined {
  const total = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
  if (total !== undefined) return Number(total)
  const length = response.headers.get('content-length')
  return length === null ? undefined : from + Number(length)
}

async function assertRoom(path: string, needed: number): Promise<void> {
  const { bavail, bsize, blocks } = await statfs(dirname(path))
  // Some file systems do not say how much they hold.
  if (blocks === 0 || bavail * bsize >= needed) return
  throw new DinokitError('disk-full', `The disk has no room for ${path}.`, {
    given: `${bavail * bsize} bytes free`,
    expected: `${needed} bytes`,
    hint: 'Free some space, or move the cache (HF_HOME, DINOKIT_CACHE).',
  })
}

function isDiskError(cause: unknown): boolean {
  const code = systemErrorCode(cause)
  return code !== undefined && ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR'].includes(code)
}

function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause
  return inner instanceof Error ? inner.message || inner.name : String(inner)
}
