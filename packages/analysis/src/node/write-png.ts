import { DinokitError, isPixels, type Pixels, type Tensor } from '@dinokit/core'
import { encode } from 'fast-png'
import { writeFile } from 'node:fs/promises'
import { colorize, type ColorizeOptions } from '../display/colorize.ts'

/**
 * Writes a PNG file. A file of that name is replaced.
 *
 * @param path - of the file
 * @param from - RGB pixels, or a map [rows][columns], which is colored
 * @param options - colors and range of a map
 * @throws DinokitError `file-unwritable`; those of `colorize`
 */
export async function writePng(path: string | URL, from: Tensor | Pixels, options: ColorizeOptions = {}): Promise<void> {
  const { data, width, height } = isPixels(from) ? from : colorize(from, options)
  const bytes = encode({ data, width, height, channels: 3, depth: 8 })
  await writeFile(path, bytes).catch((cause: unknown) => {
    throw new DinokitError('file-unwritable', `${String(path)} can’t be written.`, {
      given: String(path),
      expected: 'a file in a folder that is there',
      cause,
    })
  })
}
