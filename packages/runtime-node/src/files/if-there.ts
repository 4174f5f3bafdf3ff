import { isAbsent, systemErrorCode } from '@dinokit/core'
import { fileError } from './file-error.ts'

/**
 * Returns what is found at a path, or undefined where nothing is. What can't be looked at, as its permissions forbid it, is no less there.
 *
 * @param path - that is looked at
 * @param look - at it
 * @throws DinokitError `file-unreadable`
 */
export async function ifThere<T>(path: string, look: Promise<T>): Promise<T | undefined> {
  try {
    return await look
  } catch (cause) {
    if (systemErrorCode(cause) === undefined || isAbsent(cause)) return undefined
    throw fileError(path, cause)
  }
}
