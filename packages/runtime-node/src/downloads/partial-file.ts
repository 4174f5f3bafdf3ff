import { rm, stat } from 'node:fs/promises'

/** Where the part of a file is kept that came so far. */
export const partial = (path: string): string => `${path}.incomplete`

/** Beside the part that came so far: the server's ETag of the file that it is a part of. */
export const validatorPath = (path: string): string => `${path}.incomplete.etag`

/** Forgets what came so far. */
export async function removePartial(path: string): Promise<void> {
  await rm(partial(path), { force: true })
  await rm(validatorPath(path), { force: true })
}

/** Length of a file in bytes; 0 where there is none. */
export async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (stats) => stats.size,
    () => 0,
  )
}
