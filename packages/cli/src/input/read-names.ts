import { decodeText, DinokitError } from '@dinokit/core'
import { readFile } from 'node:fs/promises'

/**
 * Reads names of classes, one a line.
 *
 * @param path - of a text file
 * @throws DinokitError `file-not-found`, `label-invalid` for fewer than two
 */
export async function readNames(path: string): Promise<string[]> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new DinokitError('file-not-found', `The classes ${path} can’t be read.`, { given: path, expected: 'a text file', cause })
  })
  const names = decodeText(path, bytes, 'label-invalid')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean)
  if (names.length > 1) return names
  throw new DinokitError('label-invalid', `${path} names ${names.length} classes.`, {
    given: names.join(),
    expected: 'two or more, one a line',
  })
}
