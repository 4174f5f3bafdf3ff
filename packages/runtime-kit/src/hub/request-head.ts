import { describeAsset, DinokitError } from '@dinokit/core'
import type { AskOptions, HubFile } from './hub-file.ts'
import { hubAddress, type HubReference } from './hub-reference.ts'
import { isPage } from '../downloads/refusal.ts'
import { requestAnswer } from './request-answer.ts'

const REDIRECTS = 10

/** Headers of a file so far: of the hub's own answer, or of the server that it sends to. */
type Heard = Omit<HubFile, 'url'>

/**
 * Asks for a file's headers, where a hub or its mirror has the file: `x-repo-commit`, `x-linked-size` and `x-linked-etag`
 * or `etag`. They come with the redirection to where the bytes are, so that is not followed further than needed.
 *
 * @throws DinokitError `file-not-found`, `download-failed`, `aborted`
 */
export async function requestHead(reference: HubReference, options: AskOptions): Promise<HubFile> {
  const { endpoint, accessToken } = options
  let url = hubAddress(reference, endpoint)
  const { origin } = new URL(url)
  let heard: Heard = {}
  for (let hop = 0; hop < REDIRECTS; hop++) {
    const own = new URL(url).origin === origin
    const headers = { 'accept-encoding': 'identity', ...(own && accessToken && { authorization: `Bearer ${accessToken}` }) }
    const response = await headersOf(reference, url, headers, options)
    heard = { ...listen(response), ...heard }
    const { commit, size, digest } = heard
    const location = response.headers.get('location')
    const settled = commit !== undefined && size !== undefined && digest !== undefined
    if (location !== null && !settled) {
      url = new URL(location, url).href
      continue
    }
    // A server of bytes may refuse to be asked for headers alone.
    if (!response.ok && size === undefined) throw refused(reference, response)
    if (commit === undefined && isPage(response)) throw page(reference, response)
    return { ...heard, url: hubAddress(commit === undefined ? reference : { ...reference, revision: commit }, endpoint) }
  }
  throw new DinokitError('download-failed', `${describeAsset(reference)} is redirected too often.`, {
    given: url,
    expected: `at most ${REDIRECTS} redirections`,
    hint: 'Check the hub’s address.',
  })
}

/** The headers of an address: by HEAD, and where a server knows no HEAD, by a GET that is given up. */
async function headersOf(reference: HubReference, url: string, headers: Record<string, string>, options: AskOptions): Promise<Response> {
  const request = (method: string, redirect: RequestRedirect): Promise<Response> =>
    requestAnswer(reference, { url, method, headers, redirect }, options, async (response) => {
      await response.body?.cancel()
      return response
    })
  const response = await request('HEAD', 'manual')
  // Browsers do not show redirections, only where they lead.
  if (response.type === 'opaqueredirect') return request('HEAD', 'follow')
  return response.status === 405 || response.status === 501 ? request('GET', 'manual') : response
}

function listen({ headers, ok }: Response): Heard {
  const commit = /^[0-9a-f]{40}$/.exec(headers.get('x-repo-commit') ?? '')?.[0]
  const length = headers.get('x-linked-size') ?? (ok && !headers.has('content-encoding') ? headers.get('content-length') : null)
  const linked = tagOf(headers.get('x-linked-etag'))
  // Only a hub's own tags are digests.
  const tag = linked ?? (commit === undefined ? undefined : tagOf(headers.get('etag')))
  return {
    ...(commit !== undefined && { commit }),
    ...(length !== null && /^\d+$/.test(length) && { size: Number(length) }),
    ...(tag !== undefined && { digest: { kind: tag.length === 64 ? 'sha256' : 'git', hex: tag } as const }),
  }
}

function tagOf(header: string | null): string | undefined {
  return /^(?:W\/)?"?([0-9a-f]{64}|[0-9a-f]{40})"?$/.exec(header ?? '')?.[1]
}

function page(reference: HubReference, { status }: Response): DinokitError {
  return new DinokitError('download-failed', `An HTML page was sent instead of ${describeAsset(reference)}.`, {
    given: `${status}, an HTML page`,
    expected: 'a file of the hub',
    hint: 'Check the hub’s address; a network may want you to sign in first.',
  })
}

function refused(reference: HubReference, { status }: Response): DinokitError {
  const what = describeAsset(reference)
  if (status === 404)
    return new DinokitError('file-not-found', `The hub has no ${what}.`, { given: what, hint: 'Check the name and the revision.' })
  const locked = status === 401 || status === 403
  return new DinokitError('download-failed', `The hub refused to give ${what}: ${status}.`, {
    given: String(status),
    ...(locked && { hint: 'It may be gated, private or not there: accept its terms on the hub and give an access token (HF_TOKEN).' }),
  })
}
