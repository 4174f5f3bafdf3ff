import { sep } from 'node:path'

/**
 * The class of an image by the folder that it lies in, right below the one that was named.
 *
 * @param relative - path below the folder that was named
 * @returns undefined for an image that lies in none
 */
export function folderLabel(relative: string): string | undefined {
  const [label, ...rest] = relative.split(sep)
  return rest.length > 0 ? label : undefined
}
