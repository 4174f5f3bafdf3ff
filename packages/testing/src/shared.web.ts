declare const __SHARED_ROOT__: string
declare const __SHARED_FILES__: readonly string[] | null

/** Whether the folder of golden numbers, weights and pictures lies beside the checkout. Tests that need it skip without. */
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
  const response = await fetch(sharedAddress(path))
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}

/**
 * The names of the files and folders of a folder of `../shared`, sorted; none where it is absent.
 *
 * @param path - relative to it
 */
export function listShared(path: string): string[] {
  const names = (__SHARED_FILES__ ?? [])
    .filter((file) => file.startsWith(`${path}/`))
    .map((file) => file.slice(path.length + 1).split('/')[0]!)
  return [...new Set(names)].sort()
}
