declare const __SHARED_ROOT__: string
declare const __SHARED_FILES__: readonly string[] | null
declare const __GOLDENS_ROOT__: string
declare const __GOLDENS_FILES__: readonly string[]

/** Whether the folder of golden numbers, weights and images lies beside the checkout. Tests that need it skip without. */
export const hasShared = __SHARED_FILES__ !== null

/**
 * The address of a file of `../shared`, which a runtime decodes or reads.
 *
 * @param path - relative to it, such as `golden/tiny14/00.safetensors`
 */
export function sharedAddress(path: string): URL {
  return new URL(__SHARED_ROOT__ + path, location.origin)
}

/**
 * The path of a file or folder of `../shared`, as the page's own origin serves it.
 *
 * @param path - relative to it
 */
export function sharedPath(path: string): string {
  return __SHARED_ROOT__ + path
}

/**
 * The bytes of a file of `../shared`.
 *
 * @param path - relative to it
 */
export async function readShared(path: string): Promise<Uint8Array> {
  return readAddress(sharedAddress(path))
}

/**
 * The names of the files and folders of a folder of `../shared`, sorted; none where it is absent.
 *
 * @param path - relative to it
 */
export function listShared(path: string): string[] {
  return namesIn(__SHARED_FILES__ ?? [], path)
}

/**
 * The address of a file of the repository's own expected numbers.
 *
 * @param path - relative to `goldens/numbers`, such as `heads/depth-dpt.pth`
 */
export function ownAddress(path: string): URL {
  return new URL(__GOLDENS_ROOT__ + path, location.origin)
}

/**
 * The bytes of a file of the repository's own expected numbers.
 *
 * @param path - relative to `goldens/numbers`
 */
export async function readOwn(path: string): Promise<Uint8Array> {
  return readAddress(ownAddress(path))
}

/**
 * The names of the files of a folder of the repository's own expected numbers, sorted.
 *
 * @param path - relative to `goldens/numbers`
 */
export function listOwn(path: string): string[] {
  return namesIn(__GOLDENS_FILES__, path)
}

function namesIn(files: readonly string[], folder: string): string[] {
  const names = files.filter((file) => file.startsWith(`${folder}/`)).map((file) => file.slice(folder.length + 1).split('/')[0]!)
  return [...new Set(names)].sort()
}

async function readAddress(address: URL): Promise<Uint8Array> {
  const response = await fetch(address)
  if (!response.ok) throw new Error(`${address.pathname}: ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}
