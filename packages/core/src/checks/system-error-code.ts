/**
 * Code that a system gave an error, such as `ENOENT`.
 *
 * @param error - whatever was caught; not by `instanceof`, as under Jest the system's errors are of another realm than modules
 */
export function systemErrorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Codes of systems for a path that leads to nothing, or can’t lead to anything. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL']

/**
 * Whether an error says that nothing is at a path. What can't be looked at, as its permissions forbid it, is no less there.
 *
 * @param error - whatever was caught
 */
export function isAbsent(error: unknown): boolean {
  const code = systemErrorCode(error)
  // Node refuses paths that no system takes by codes of its own.
  return code !== undefined && (ABSENT.includes(code) || code.startsWith('ERR_'))
}
