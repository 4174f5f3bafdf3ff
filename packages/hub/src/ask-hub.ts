import { assertNotAborted, DinokitError, describeAsset, type AssetReference } from '@dinokit/core'

/** A file on the hub. */
export type HubReference = Extract<AssetReference, { kind: 'hub' }>

/** Which hub, and as whom. */
export interface HubOptions {
  /** Address of the hub. Default `https://huggingface.co`. */
  readonly endpoint?: string
  /** Access token, for models that are gated or private. */
  readonly accessToken?: string
}

/** What the hub says of a file. */
export interface HubFile {
  /** The commit that the revision is at. */
  readonly commit: string
  /** Length in bytes. */
  readonly size: number
  /** Lower-case hexadecimal; `git` is the sha1 of a git blob. */
  readonly digest: { readonly kind: 'sha256' | 'git'; readonly hex: string }
  /** Where it is downloaded from: pinned to the commit. */
  readonly url: string
}

/** The hub's answers about a file are short: it is not there when they take longer. */
const ANSWER_MS = 30_000

/**
 * Asks the hub about a file.
 *
 * @param reference - which file
 * @param options - which hub, token, cancellation
 * @throws DinokitError `file-not-found`, `download-failed`, `invalid-option` for a name that is none, `aborted`
 */
export async function askHub(
  reference: HubReference,
  { endpoint = 'https://huggingface.co', accessToken, signal }: HubOptions & { readonly signal?: AbortSignal } = {},
): Promise<HubFile> {
  assertInsideRepo(reference)
  const { repo, file, revision = 'main' } = reference
  const hub = endpoint.replace(/\/+$/, '')
  const ask = (path: string, body?: object): Promise<unknown> =>
    askJson(reference, `${hub}/api/models/${repo}/${path}`, {
      headers: { ...(accessToken && { authorization: `Bearer ${accessToken}` }), ...(body && { 'content-type': 'application/json' }) },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      signal: AbortSignal.any([AbortSignal.timeout(ANSWER_MS), ...(signal ? [signal] : [])]),
    })
  try {
    const model = (await ask(`revision/${encodeURIComponent(revision)}?expand=sha`)) as { readonly sha?: unknown }
    const commit = String(model.sha)
    const [info] = (await ask(`paths-info/${commit}`, { paths: [file] })) as readonly (PathInfo | undefined)[]
    if (info?.type !== 'file') {
      throw new DinokitError('file-not-found', `${repo} on the hub has no file ${file}.`, {
        given: describeAsset(reference),
        hint: 'Check the name and the revision.',
      })
    }
    const { oid: hex, size } = info.lfs ?? info
    if (!/^[0-9a-f]{40}$/.test(commit) || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hex) || !Number.isSafeInteger(size)) {
      throw new DinokitError('download-failed', `The hub’s answer about ${describeAsset(reference)} makes no sense.`, {
        given: JSON.stringify(info),
      })
    }
    return {
      commit,
      size,
      digest: { kind: info.lfs ? 'sha256' : 'git', hex },
      url: `${hub}/${repo}/resolve/${commit}/${file.split('/').map(encodeURIComponent).join('/')}`,
    }
  } catch (cause) {
    assertNotAborted(signal)
    if (DinokitError.is(cause)) throw cause
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause)
    throw new DinokitError('download-failed', `The hub can’t be reached for ${describeAsset(reference)}.`, {
      given: `${hub}: ${reason}`,
      hint: 'Check the connection and the hub’s address.',
      cause,
    })
  }
}

/** What the hub says of a path; files of Git LFS have their digest and length there. */
interface PathInfo {
  readonly type: string
  readonly oid: string
  readonly size: number
  readonly lfs?: { readonly oid: string; readonly size: number }
}

async function askJson(reference: HubReference, url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, init)
  if (response.ok) return response.json()
  await response.body?.cancel()
  const what = describeAsset(reference)
  const { status } = response
  if (status === 404)
    throw new DinokitError('file-not-found', `The hub has no ${what}.`, { given: what, hint: 'Check the name and the revision.' })
  const locked = status === 401 || status === 403
  throw new DinokitError('download-failed', `The hub refused to give ${what}: ${status}.`, {
    given: String(status),
    ...(locked && { hint: 'It may be gated, private or not there: accept its terms on the hub and give an access token (HF_TOKEN).' }),
  })
}

/**
 * Refuses names that would lead out of a repository, or of the cache's folder for it.
 *
 * @param reference - which file
 * @throws DinokitError `invalid-option`
 */
export function assertInsideRepo({ repo, file, revision = 'main' }: HubReference): void {
  const bad = (part: string): boolean => part === '' || part === '.' || part === '..' || part.includes('\\') || part.includes('\0')
  if (/^[\w.-]+\/[\w.-]+$/.test(repo) && ![...repo.split('/'), ...file.split('/'), ...revision.split('/')].some(bad)) return
  throw new DinokitError('invalid-option', `${repo}/${file} at ${revision} does not name a file of the hub.`, {
    given: `${repo}/${file}`,
    expected: 'owner/name and the path of a file',
  })
}
