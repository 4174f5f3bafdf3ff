import { describeAsset, DinokitError } from '@dinokit/core'
import type { AskOptions, HubFile } from './hub-file.ts'
import { hubAddress, type HubReference } from './hub-reference.ts'
import { requestAnswer } from './request-answer.ts'

/** Answer of the hub about a path; files of Git LFS have their digest and length there. */
interface PathInfo {
  readonly type: string
  readonly oid: string
  readonly size: number
  readonly lfs?: { readonly oid: string; readonly size: number }
}

/**
 * Asks the API of a hub about a file.
 *
 * @returns undefined where there is no such API, or it knows nothing of the repository
 * @throws DinokitError `file-not-found`, `download-failed`, `aborted`
 */
export async function requestApi(reference: HubReference, options: AskOptions): Promise<HubFile | undefined> {
  const { endpoint = 'https://huggingface.co', accessToken } = options
  const { repo, file, revision = 'main' } = reference
  const api = `${endpoint.replace(/\/+$/, '')}/api/models/${repo}`
  const headers = { ...(accessToken && { authorization: `Bearer ${accessToken}` }) }
  const model = await requestAnswer(
    reference,
    { url: `${api}/revision/${encodeURIComponent(revision)}?expand=sha`, headers },
    options,
    readJson,
  )
  const commit = String((model as { readonly sha?: unknown } | undefined)?.sha)
  if (!/^[0-9a-f]{40}$/.test(commit)) return undefined
  const question = { method: 'POST', body: JSON.stringify({ paths: [file] }), headers: { ...headers, 'content-type': 'application/json' } }
  const found = await requestAnswer(reference, { url: `${api}/paths-info/${commit}`, ...question }, options, readJson)
  if (!Array.isArray(found)) return undefined
  const info = (found as readonly PathInfo[]).find(({ type }) => type === 'file')
  if (!info) {
    throw new DinokitError('file-not-found', `${repo} on the hub has no file ${file}.`, {
      given: describeAsset(reference),
      hint: 'Check the name and the revision.',
    })
  }
  const { oid: hex, size } = info.lfs ?? info
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hex) || !Number.isSafeInteger(size)) {
    throw new DinokitError('download-failed', `Unexpected response from the hub for ${describeAsset(reference)}.`, {
      given: JSON.stringify(info),
    })
  }
  const url = hubAddress({ ...reference, revision: commit }, endpoint)
  return { commit, size, digest: { kind: info.lfs ? 'sha256' : 'git', hex }, url }
}

/** Reads an API's answer; undefined for pages and refusals, as mirrors send in its place. */
async function readJson(response: Response): Promise<unknown> {
  if (response.ok && response.headers.get('content-type')?.includes('json')) {
    const text = await response.text()
    try {
      return JSON.parse(text) as unknown
    } catch {
      return undefined
    }
  }
  await response.body?.cancel()
  return undefined
}
