import { assertNotAborted, DinokitError } from '@dinokit/core'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Download } from './download-request.ts'
import { assertUnchanged } from './first-download.ts'
import { partial, removePartial, sizeOf } from './partial-file.ts'

/** What a whole file is. */
export interface Found {
  readonly size: number
  readonly sha256: string
}

/** Checks the digest; a file that fails is of no use and is removed. */
export async function assertDigest({ name, path, digest, size, signal }: Download): Promise<Found> {
  const file = partial(path)
  const length = await sizeOf(file)
  const sha256 = createHash('sha256')
  const git = digest?.kind === 'git' ? createHash('sha1').update(`blob ${size ?? length}\0`) : undefined
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    assertNotAborted(signal)
    sha256.update(chunk as Buffer)
    git?.update(chunk as Buffer)
  }
  const found = { size: length, sha256: sha256.digest('hex') }
  const actual = git?.digest('hex') ?? found.sha256
  if (!digest || actual === digest.hex) return found
  await removePartial(path)
  throw new DinokitError('download-corrupt', `${name} arrived damaged.`, {
    given: actual,
    expected: digest.hex,
    hint: 'Try again; if it stays so, a proxy may be changing it, or it was replaced where it is kept.',
  })
}

/** What is known of a file before it comes. */
export function promised({ size, digest }: Download): Partial<Found> {
  return { ...(size !== undefined && { size }), ...(digest?.kind === 'sha256' && { sha256: digest.hex }) }
}

/** Refuses a file that is not what it was when it was first downloaded, and keeps nothing of it. */
export async function assertFirst({ name, path, first, commit }: Download, found: Partial<Found>): Promise<void> {
  if (!first) return
  await assertUnchanged(name, first, { ...found, ...(commit !== undefined && { commit }) }).catch(async (cause: unknown) => {
    await removePartial(path)
    throw cause
  })
}

/**
 * Records what a file is. What the hub says of a file was checked already: there, a cache that can't be written to is no
 * reason to fail.
 */
export async function keepFirst({ first, commit }: Download, found: Found): Promise<void> {
  await first?.keep({ ...found, ...(commit !== undefined && { commit }) }).catch((cause: unknown) => {
    if (commit === undefined) throw cause
  })
}
