import { assertNotAborted, DinokitError, describeAsset, type AssetOptions, type AssetReference } from '@dinokit/core'
import { getRepoFolderName, HubApiError, modelInfo, pathsInfo, REGEX_COMMIT_HASH } from '@huggingface/hub'
import { copyFile, mkdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { hubCacheFolder } from '../cache-folders.ts'
import { download } from './download.ts'
import { errorCode, writeError } from './file-error.ts'

type HubReference = Extract<AssetReference, { kind: 'hub' }>

/**
 * The path of a hub file in the hub's cache, downloaded where it is not there yet. The cache has the layout of Python's
 * huggingface_hub, so either finds what the other fetched: `blobs/<digest>`, `snapshots/<commit>/<file>`, `refs/<revision>`.
 *
 * @throws DinokitError `offline`, `file-not-found`, `download-failed`, `download-corrupt`, `disk-full`, `aborted`
 */
export async function hubFile(reference: HubReference, options: AssetOptions): Promise<string> {
  assertInsideRepo(reference)
  const cached = await cachedHubFile(reference)
  if (cached) return cached
  if (isOffline()) {
    throw new DinokitError('offline', `${describeAsset(reference)} is not in the cache, and HF_HUB_OFFLINE forbids fetching it.`, {
      given: hubCacheFolder(),
      hint: 'Unset HF_HUB_OFFLINE, or download it first.',
    })
  }
  const { commit, size, digest } = await ask(reference, options.signal)
  const folder = repoFolder(reference)
  const blob = join(folder, 'blobs', digest.hex)
  const token = accessToken()
  await download({
    ...options,
    name: describeAsset(reference),
    url: `${endpoint()}/${reference.repo}/resolve/${commit}/${encodePath(reference.file)}`,
    ...(token && { headers: { authorization: `Bearer ${token}` } }),
    path: blob,
    size,
    digest,
  })
  const snapshot = join(folder, 'snapshots', commit, reference.file)
  try {
    await link(blob, snapshot)
    await writeReference(folder, reference.revision ?? 'main', commit)
  } catch (cause) {
    throw writeError(snapshot, cause)
  }
  return snapshot
}

/** The path of a hub file that is in the cache already. */
export async function cachedHubFile({ repo, file, revision = 'main' }: HubReference): Promise<string | undefined> {
  const folder = repoFolder({ repo })
  const commit = REGEX_COMMIT_HASH.test(revision) ? revision : await readFile(join(folder, 'refs', revision), 'utf8').catch(() => undefined)
  if (!commit) return undefined
  const path = join(folder, 'snapshots', commit.trim(), file)
  return (await stat(path).catch(() => undefined))?.isFile() ? path : undefined
}

function repoFolder({ repo }: Pick<HubReference, 'repo'>): string {
  return join(hubCacheFolder(), getRepoFolderName({ name: repo, type: 'model' }))
}

function endpoint(): string {
  return (process.env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '')
}

function accessToken(): string | undefined {
  return process.env.HF_TOKEN?.trim() || undefined
}

function isOffline(): boolean {
  return /^(1|true|yes|on)$/i.test(process.env.HF_HUB_OFFLINE ?? '')
}

function assertInsideRepo({ repo, file, revision = 'main' }: HubReference): void {
  const bad = (part: string): boolean => part === '' || part === '.' || part === '..' || part.includes('\\') || part.includes('\0')
  if (/^[\w.-]+\/[\w.-]+$/.test(repo) && ![...repo.split('/'), ...file.split('/'), ...revision.split('/')].some(bad)) return
  throw new DinokitError('invalid-option', `${repo}/${file} at ${revision} does not name a file of the hub.`, {
    given: `${repo}/${file}`,
    expected: 'owner/name and the path of a file',
  })
}

interface Remote {
  readonly commit: string
  readonly size: number
  readonly digest: { readonly kind: 'sha256' | 'git'; readonly hex: string }
}

async function ask(reference: HubReference, signal: AbortSignal | undefined): Promise<Remote> {
  const { repo, file, revision = 'main' } = reference
  const token = accessToken()
  const common = {
    hubUrl: endpoint(),
    ...(token && { accessToken: token }),
    fetch: ((input: RequestInfo | URL, init?: RequestInit) =>
      fetch(input, { ...init, signal: AbortSignal.any([AbortSignal.timeout(ANSWER_MS), ...(signal ? [signal] : [])]) })) as typeof fetch,
  }
  try {
    const { sha: commit } = await modelInfo({ ...common, name: repo, revision, additionalFields: ['sha'] })
    const [info] = await pathsInfo({ ...common, repo: { type: 'model', name: repo }, paths: [file], revision: commit })
    if (info?.type !== 'file') {
      throw new DinokitError('file-not-found', `${repo} on the hub has no file ${file}.`, {
        given: describeAsset(reference),
        hint: 'Check the name and the revision.',
      })
    }
    const hex = info.lfs?.oid ?? info.oid
    if (!REGEX_COMMIT_HASH.test(commit) || !hex || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hex) || !Number.isSafeInteger(info.size)) {
      throw new DinokitError('download-failed', `The hub’s answer about ${describeAsset(reference)} makes no sense.`, {
        given: JSON.stringify(info),
      })
    }
    return { commit, size: info.lfs?.size ?? info.size, digest: { kind: info.lfs ? 'sha256' : 'git', hex } }
  } catch (cause) {
    assertNotAborted(signal)
    throw DinokitError.is(cause) ? cause : askError(reference, cause)
  }
}

/** The hub's answers about a file are short: it is not there when they take longer. */
const ANSWER_MS = 30_000

function askError(reference: HubReference, cause: unknown): DinokitError {
  const what = describeAsset(reference)
  if (cause instanceof HubApiError) {
    if (cause.statusCode === 404)
      return new DinokitError('file-not-found', `The hub has no ${what}.`, { given: what, hint: 'Check the name and the revision.', cause })
    const locked = cause.statusCode === 401 || cause.statusCode === 403
    return new DinokitError('download-failed', `The hub refused to give ${what}: ${cause.statusCode}.`, {
      given: String(cause.statusCode),
      ...(locked && { hint: 'It may be gated, private or not there: accept its terms on the hub and set HF_TOKEN.' }),
      cause,
    })
  }
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause)
  return new DinokitError('download-failed', `The hub can’t be reached for ${what}.`, {
    given: `${endpoint()}: ${reason}`,
    hint: 'Check the connection, or HF_ENDPOINT.',
    cause,
  })
}

function encodePath(file: string): string {
  return file.split('/').map(encodeURIComponent).join('/')
}

async function link(blob: string, snapshot: string): Promise<void> {
  await mkdir(dirname(snapshot), { recursive: true })
  try {
    await symlink(relative(dirname(snapshot), blob), snapshot)
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') return
    // Windows gives links only to developers and administrators.
    if (errorCode(cause) !== 'EPERM') throw cause
    await copyFile(blob, snapshot)
  }
}

async function writeReference(folder: string, revision: string, commit: string): Promise<void> {
  if (REGEX_COMMIT_HASH.test(revision)) return
  const path = join(folder, 'refs', revision)
  await mkdir(dirname(path), { recursive: true })
  const whole = `${path}.${process.pid}`
  await writeFile(whole, commit)
  await rename(whole, path)
}
