import { assertInsideRepo, type HubReference } from './hub-reference.ts'
import type { AskOptions, HubFile } from './hub-file.ts'
import { requestApi } from './request-api.ts'
import { requestHead } from './request-head.ts'

/**
 * Asks the hub about a file: its API, and where a mirror has none, the file's own address. Answers that may pass (408, 429,
 * 5xx) and broken connections are asked again a few times, as late as the server says (`Retry-After`).
 *
 * @param reference - which file
 * @param options - which hub, token, cancellation
 * @throws DinokitError `file-not-found`, `download-failed`, `invalid-option` for an invalid name, `aborted`
 */
export async function resolveHubFile(reference: HubReference, options: AskOptions = {}): Promise<HubFile> {
  assertInsideRepo(reference)
  return (await requestApi(reference, options)) ?? (await requestHead(reference, options))
}
