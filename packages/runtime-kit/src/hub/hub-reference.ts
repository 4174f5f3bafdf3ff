import { DinokitError, type AssetReference } from '@dinokit/core'

/** A file on the hub. */
export type HubReference = Extract<AssetReference, { kind: 'hub' }>

/** Options of the hub: its address, and the access token. */
export interface HubOptions {
  /** Address of the hub. Default `https://huggingface.co`. */
  readonly endpoint?: string
  /** Access token, for models that are gated or private. */
  readonly accessToken?: string
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

/**
 * Where a hub, or a mirror of it, has a file.
 *
 * @param reference - which file; its revision may be a commit
 * @param endpoint - address of the hub
 */
export function hubAddress({ repo, file, revision = 'main' }: HubReference, endpoint = 'https://huggingface.co'): string {
  const path = file.split('/').map(encodeURIComponent).join('/')
  return `${endpoint.replace(/\/+$/, '')}/${repo}/resolve/${encodeURIComponent(revision)}/${path}`
}
