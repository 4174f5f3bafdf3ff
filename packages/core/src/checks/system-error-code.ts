/**
 * Code that a system gave an error, such as `ENOENT`.
 *
 * @param error - whatever was caught; not by `instanceof`, as under Jest the system's errors are of another realm than modules
 */
export function systemErrorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
