import { DinokitError } from '@dinokit/core'
import type { DownloadRequest } from './download-request.ts'
import type { FirstDownload } from './first-download.ts'
import type { PartialFile } from './partial-file.ts'

/**
 * Refuses a file that is not what it was, and keeps nothing of it.
 *
 * @param request - with the record of its first download, where there is one
 * @param file - what is kept of it
 * @param found - what is known of what the server has now
 * @throws DinokitError `download-changed`
 */
export async function assertFirst(
  { name, first: record, commit }: DownloadRequest,
  file: PartialFile,
  found: Partial<FirstDownload>,
): Promise<void> {
  const first = await record?.read()
  if (!record || !first) return
  if ((found.size ?? first.size) === first.size && (found.sha256 ?? first.sha256) === first.sha256) return
  await file.remove()
  const day = first.on === undefined ? '' : `, on ${first.on}`
  throw new DinokitError('download-changed', `${name} is not what it was when it was first downloaded${day}.`, {
    given: describe({ ...found, commit }),
    expected: describe(first),
    hint: `If the change is meant, ${record.accept} and try again.`,
  })
}

function describe({ size, sha256, commit }: Partial<FirstDownload>): string {
  return [
    ...(size === undefined ? [] : [`${size} bytes`]),
    ...(sha256 === undefined ? [] : [`sha256 ${sha256}`]),
    ...(commit === undefined ? [] : [`commit ${commit}`]),
  ].join(', ')
}
