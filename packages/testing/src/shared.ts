import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const ROOT = new URL('../../../../shared/', import.meta.url)

/** Whether the folder of golden numbers, weights and images lies beside the checkout. Tests that need it skip without. */
export const hasShared = existsSync(ROOT)

/**
 * The absolute path of a file or folder of `../shared`.
 *
 * @param path - relative to it, such as `golden/tiny14/00.safetensors`
 */
export function sharedPath(path: string): string {
  return fileURLToPath(new URL(path, ROOT))
}

/**
 * The address of a file of `../shared`, which a runtime decodes or reads.
 *
 * @param path - relative to it
 */
export function sharedAddress(path: string): URL {
  return new URL(path, ROOT)
}

/**
 * The bytes of a file of `../shared`.
 *
 * @param path - relative to it
 */
export async function readShared(path: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(sharedPath(path)))
}

/**
 * The names of the files of a folder of `../shared`, sorted; none where it is absent.
 *
 * @param path - relative to it
 */
export function listShared(path: string): string[] {
  return hasShared ? readdirSync(sharedPath(path)).sort() : []
}

const GOLDENS = new URL('../../../goldens/numbers/', import.meta.url)

/**
 * The address of a file of the repository's own expected numbers.
 *
 * @param path - relative to `goldens/numbers`, such as `heads/depth-dpt.pth`
 */
export function ownAddress(path: string): URL {
  return new URL(path, GOLDENS)
}

/**
 * The bytes of a file of the repository's own expected numbers.
 *
 * @param path - relative to `goldens/numbers`
 */
export async function readOwn(path: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(ownAddress(path)))
}

/**
 * The names of the files of a folder of the repository's own expected numbers, sorted.
 *
 * @param path - relative to `goldens/numbers`
 */
export function listOwn(path: string): string[] {
  return readdirSync(ownAddress(path)).sort()
}
