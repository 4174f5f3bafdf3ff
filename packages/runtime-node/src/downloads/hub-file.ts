import { DinokitError, describeAsset, type AssetOptions, systemErrorCode } from '@dinokit/core'
import { resolveHubFile, assertInsideRepo, hubAddress, type HubReference } from '@dinokit/runtime-kit'
import { copyFile, mkdir, readFile, stat, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { hubCacheFolder } from './cache-folders.ts'
import { ifThere } from '../files/if-there.ts'
import { writeFileAtomic } from '../files/write-file-atomic.ts'
import { download } from './download.ts'
import { fetchByProxy } from './fetch-by-proxy.ts'
import { writeError } from '../files/file-error.ts'
import { firstDownloadOf } from './first-download.ts'
import { ownPath } from '../files/own-path.ts'

/** A revision that is a commit, and not the name of a branch or a tag. */
const COMMIT = /^[0-9a-f]{40}$/

/**
 * The path of a hub file in the hub's cache, downloaded where it is not there yet. The cache has the layout of Python's
 * huggingface_hub, so either finds what the other fetched: `blobs/<digest>`, `snapshots/<commit>/<file>`, `refs/<revision>`.
 *
 * @throws DinokitError `offline`, `file-not-found`, `download-failed`, `download-corrupt`, `download-changed`,
 *   `disk-full`, `aborted`
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
  const token = accessToken()
  const endpoint = process.env.HF_ENDPOINT
  const { commit, size, digest, url } = await resolveHubFile(reference, {
    ...(endpoint && { endpoint }),
    ...(token && { accessToken: token }),
    ...(options.signal && { signal: options.signal }),
    fetch: fetchByProxy,
  })
  const folder = repoFolder(reference)
  const standard = commit !== undefined && digest !== undefined
  const path = standard ? join(folder, 'blobs', digest.hex) : mirrorPath(reference)
  await download({
    ...options,
    name: describeAsset(reference),
    url,
    ...(token && { headers: { authorization: `Bearer ${token}` } }),
    path,
    ...(size !== undefined && { size }),
    ...(digest && { digest }),
    ...(commit !== undefined && { commit }),
    first: firstDownloadOf(`${reference.repo}/${reference.file}@${reference.revision ?? 'main'}`),
  })
  if (!standard) return path
  const snapshot = join(folder, 'snapshots', commit, reference.file)
  try {
    await link(path, snapshot)
    await writeReference(folder, reference.revision ?? 'main', commit)
  } catch (cause) {
    throw writeError(snapshot, cause)
  }
  return snapshot
}

/**
 * The path of a hub file that is in the cache already.
 *
 * @throws DinokitError `file-unreadable` where the cache can’t be looked into
 */
export async function cachedHubFile(reference: HubReference): Promise<string | undefined> {
  const { repo, file, revision = 'main' } = reference
  const folder = repoFolder({ repo })
  const commit = COMMIT.test(revision) ? revision : await readIfThere(join(folder, 'refs', revision))
  for (const path of [...(commit ? [join(folder, 'snapshots', commit.trim(), file)] : []), mirrorPath(reference)])
    if ((await ifThere(path, stat(path)))?.isFile()) return path
  return undefined
}

function readIfThere(path: string): Promise<string | undefined> {
  return ifThere(path, readFile(path, 'utf8'))
}

/** Where a file is kept of a mirror that says neither commit nor digest: the hub's cache has no place for it. */
function mirrorPath(reference: HubReference): string {
  return ownPath(hubAddress(reference, process.env.HF_ENDPOINT || undefined))
}

function repoFolder({ repo }: Pick<HubReference, 'repo'>): string {
  return join(hubCacheFolder(), ['models', ...repo.split('/')].join('--'))
}

function accessToken(): string | undefined {
  return process.env.HF_TOKEN?.trim() || undefined
}

function isOffline(): boolean {
  return /^(1|true|yes|on)$/i.test(process.env.HF_HUB_OFFLINE ?? '')
}

async function link(blob: string, snapshot: string): Promise<void> {
  await mkdir(dirname(snapshot), { recursive: true })
  try {
    await symlink(relative(dirname(snapshot), blob), snapshot)
  } catch (cause) {
    if (systemErrorCode(cause) === 'EEXIST') return
    // Windows gives links only to developers and administrators.
    if (systemErrorCode(cause) !== 'EPERM') throw cause
    await copyFile(blob, snapshot)
  }
}

async function writeReference(folder: string, revision: string, commit: string): Promise<void> {
  if (COMMIT.test(revision)) return
  const path = join(folder, 'refs', revision)
  await writeFileAtomic(path, [new TextEncoder().encode(commit)])
}
