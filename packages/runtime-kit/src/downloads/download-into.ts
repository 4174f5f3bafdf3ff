import { DinokitError } from '@dinokit/core'
import type { DownloadRequest } from './download-request.ts'
import { fetchInto } from './fetch-into.ts'
import { assertFirst } from './assert-first.ts'
import type { PartialFile } from './partial-file.ts'

/**
 * Downloads a file, and puts it in its place when it is whole and its size and digest are right. What came so far is kept,
 * and gone on with: where the server still has the file of the same ETag, and sends it from where it stopped. A busy server is
 * asked again as late as it says; what fails by the network, a few times. The caller sees to it that nobody else downloads the
 * same file meanwhile.
 *
 * @param request - what is downloaded, and what is known of it
 * @param file - where it is kept
 * @throws DinokitError `file-not-found` for 404, `download-failed`, `download-corrupt`, `download-changed` where it is not what
 *   it was at first, `disk-full`, `file-unwritable`, `aborted`
 */
export async function downloadInto(request: DownloadRequest, file: PartialFile): Promise<void> {
  const { size, digest, signal } = request
  await assertFirst(request, file, {
    ...(size !== undefined && { size }),
    ...(digest?.kind === 'sha256' && { sha256: digest.hex }),
  })
  await fetchInto(request, file)
  const found = await file.digests(digest?.kind === 'git', signal)
  const actual = found.git ?? found.sha256
  if (digest && actual !== digest.hex) {
    await file.remove()
    throw new DinokitError('download-corrupt', `${request.name} arrived damaged.`, {
      given: actual,
      expected: digest.hex,
      hint: 'Try again; if it stays so, a proxy may be changing it, or it was replaced where it is kept.',
    })
  }
  await assertFirst(request, file, { size: found.size, sha256: found.sha256 })
  await file.commit(found)
}
