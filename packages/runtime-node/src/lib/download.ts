import { assertNotAborted, DinokitError, type AssetOptions } from '@dinokit/core'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCode, writeError } from './file-error.ts'
import { withLock } from './with-lock.ts'

/** A file to be fetched. */
export interface Download extends AssetOptions {
  /** What a person knows it by. */
  readonly name: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Where it is to be kept. */
  readonly path: string
  /** Expected length, where known beforehand. */
  readonly size?: number
  /** Expected digest, where known. `git` is the sha1 of a git blob. */
  readonly digest?: { readonly kind: 'sha256' | 'git'; readonly hex: string }
  /** Milliseconds without a byte after which the connection counts as dead. Default 30,000. */
  readonly stallMs?: number
}

const ATTEMPTS = 5
const STALL_MS = 30_000

/**
 * Fetches a file into its place, unless it is there. What came so far is kept in `path.incomplete` and resumed; the file
 * appears only when it is whole and its size and digest are right. Two processes at once fetch it once.
 *
 * @throws DinokitError `file-not-found` for 404, `download-failed`, `download-corrupt`, `disk-full`, `file-unwritable`, `aborted`
 */
export async function download(request: Download): Promise<void> {
  const { path, signal } = request
  if (await exists(path)) return
  await withLock(`${path}.lock`, signal, async () => {
    if (await exists(path)) return
    try {
      await mkdir(dirname(path), { recursive: true })
      await fetchWhole(request)
      await assertDigest(request)
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

const partial = (path: string): string => `${path}.incomplete`
/** Beside the part that came so far: the server's ETag of the file that it is a part of. */
const validatorPath = (path: string): string => `${path}.incomplete.etag`

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
      await sleep(100 * 2 ** attempt)
    }
  }
}

async function fetchRest(request: Download, start: number): Promise<void> {
  const { url, path, name, onProgress, stallMs = STALL_MS } = request
  const stall = new AbortController()
  const stopped = request.signal ? AbortSignal.any([request.signal, stall.signal]) : stall.signal
  const timer = setTimeout(() => stall.abort(new Error(`no byte came for ${stallMs} ms`)), stallMs)
  const alive = (): void => void timer.refresh()
  try {
    const validator = start > 0 ? await readFile(validatorPath(path), 'utf8').catch(() => '') : ''
    const resume = start > 0 ? { range: `bytes=${start}-`, ...(validator && { 'if-range': validator }) } : {}
    const response = await fetch(url, { headers: { ...request.headers, ...resume, 'accept-encoding': 'identity' }, signal: stopped })
    alive()
    if (response.status === 416) {
      await response.body?.cancel()
      if (start === request.size) return
      await rm(partial(path), { force: true })
      throw new Error('the server has another file than the one begun')
    }
    if (!response.ok) await refuse(response, request)
    const from = response.status === 206 ? rangeStart(response) : 0
    if (from > start) throw new Error(`the server sent bytes from ${from} on`)
    const total = totalOf(response, from)
    if (request.size !== undefined && total !== undefined && total !== request.size) {
      await response.body?.cancel()
      throw new DinokitError('download-corrupt', `${name} has ${total} bytes on the server.`, {
        given: `${total} bytes`,
        expected: `${request.size} bytes`,
        hint: 'The file was replaced, or a proxy answers in its place.',
      })
    }
    const whole = total ?? request.size
    await assertRoom(path, (whole ?? 0) - from)
    const etag = response.headers.get('etag')
    if (etag && !etag.startsWith('W/')) await writeFile(validatorPath(path), etag)
    else await rm(validatorPath(path), { force: true })
    await using file = await open(partial(path), start > 0 ? 'r+' : 'w')
    await file.truncate(from)
    let position = from
    onProgress?.({ name, done: position, ...(whole !== undefined && { total: whole }) })
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      alive()
      for (let written = 0; written < chunk.byteLength;) {
        written += (await file.write(chunk, written, chunk.byteLength - written, position + written)).bytesWritten
      }
      position += chunk.byteLength
      onProgress?.({ name, done: position, ...(whole !== undefined && { total: whole }) })
    }
    if (whole !== undefined && position !== whole) throw new Error(`the connection ended after ${position} of ${whole} bytes`)
  } finally {
    clearTimeout(timer)
  }
}

async function refuse(response: Response, { name, url }: Download): Promise<void> {
  const { status, statusText } = response
  await response.body?.cancel()
  if (status >= 500 || status === 408 || status === 429) throw new Error(`the server answered ${status} ${statusText}`)
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
  const { bavail, bsize } = await statfs(dirname(path))
  if (bavail * bsize >= needed) return
  throw new DinokitError('disk-full', `The disk has no room for ${path}.`, {
    given: `${bavail * bsize} bytes free`,
    expected: `${needed} bytes`,
    hint: 'Free some space, or move the cache (HF_HOME, DINOKIT_CACHE).',
  })
}

/** Checks the digest; a file that fails is of no use and is removed. */
async function assertDigest({ name, path, digest, size, signal }: Download): Promise<void> {
  if (!digest) return
  const file = partial(path)
  const hash = createHash(digest.kind === 'git' ? 'sha1' : 'sha256')
  if (digest.kind === 'git') hash.update(`blob ${size ?? (await sizeOf(file))}\0`)
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    assertNotAborted(signal)
    hash.update(chunk as Buffer)
  }
  const actual = hash.digest('hex')
  if (actual === digest.hex) return
  await rm(file, { force: true })
  await rm(validatorPath(path), { force: true })
  throw new DinokitError('download-corrupt', `${name} arrived damaged.`, {
    given: actual,
    expected: digest.hex,
    hint: 'Try again; if it stays so, a proxy may be changing it.',
  })
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (stats) => stats.size,
    () => 0,
  )
}

function isDiskError(cause: unknown): boolean {
  const code = errorCode(cause)
  return code !== undefined && ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR'].includes(code)
}

function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause
  return inner instanceof Error ? inner.message || inner.name : String(inner)
}
