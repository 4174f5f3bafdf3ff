import { appendFile } from 'node:fs/promises'
import { writeError } from './file-error.ts'

/**
 * Adds text to the end of a file, which is made where it is not there.
 *
 * @param path - of the file
 * @param text - written as UTF-8
 * @throws DinokitError `disk-full`, `file-unwritable`
 */
export async function appendToFile(path: string, text: string): Promise<void> {
  try {
    await appendFile(path, text)
  } catch (cause) {
    throw writeError(path, cause)
  }
}
