import { DinokitError } from '@dinokit/core'
import { writeFileAtomic } from '@dinokit/runtime-node'
import { realpath } from 'node:fs/promises'
import type { Input } from '@dinokit/image-files'
import { isOneFile, outputPaths } from './out-paths.ts'
import { markOf, readMark, withMark } from './output-mark.ts'

/** The option that lets results of other images be replaced. */
export const OVERWRITE = ['--overwrite', 'replace files in the folder of --out that are not of the same images', false] as const

/** Where `--out` says that results go. */
export interface OutputTarget {
  readonly out: string
  /** Ending of the files in a folder. */
  readonly format: string
  /** Whether the results of other images are replaced. */
  readonly overwrite: boolean
}

/** The files that hold the results of images, one each. */
export interface OutputFiles {
  /** Told of all the images, before the first is written. */
  plan(inputs: readonly Input[]): Promise<void>
  /**
   * Writes the result of an image.
   *
   * @returns the path
   * @throws DinokitError `file-unwritable` where another image's result, an image that was given, or something else lies there;
   *   `disk-full`
   */
  write(input: Input, bytes: Uint8Array): Promise<string>
}

/**
 * Makes the files of a command. A result replaces the one that an earlier run wrote for the same image, and nothing else: each
 * file of a folder says whose result it is. One file that `--out` names is replaced whatever it is, unless it is an image that was
 * given.
 */
export function createOutputFiles({ out, format, overwrite }: OutputTarget): OutputFiles {
  let paths: ReadonlyMap<Input, string> = new Map()
  let given: ReadonlySet<string> = new Set()
  return {
    async plan(inputs) {
      paths = outputPaths(out, format, inputs)
      given = new Set(await Promise.all(inputs.map(({ source }) => realpath(source).catch(() => source))))
    },
    async write(input, bytes) {
      const path = paths.get(input)!
      if (given.has(await realpath(path).catch(() => path))) throw wouldReplaceImage(path)
      const mark = markOf(path, input.source)
      if (!overwrite && !isOneFile(out, format)) {
        const found = await readMark(path)
        if (found !== undefined && found !== mark) throw isAnothers(path, found, input.source)
      }
      await writeFileAtomic(path, withMark(bytes, mark))
      return path
    },
  }
}

function wouldReplaceImage(path: string): DinokitError {
  return new DinokitError('file-unwritable', `${path} is one of the images that were given, and is not replaced.`, {
    given: path,
    expected: 'another place for results',
    hint: 'Give another --out.',
  })
}

function isAnothers(path: string, found: string, source: string): DinokitError {
  const whose = found === '' ? 'a file that does not say whose result it is' : `the result of ${found}`
  return new DinokitError('file-unwritable', `${path} is there already, and is not the result of ${source}.`, {
    given: whose,
    expected: 'no file there, or one that an earlier run wrote for the same image',
    hint: 'Give another folder, or --overwrite.',
  })
}
