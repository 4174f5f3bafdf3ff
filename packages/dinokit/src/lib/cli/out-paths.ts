import type { Command } from 'commander'
import { extname, join } from 'node:path'
import { findImages, type Input } from '../images/find-images.ts'

/** The ending of a format's files: `.png` also of `mm.png`. */
export function endingOf(format: string): string {
  return extname(`file.${format}`)
}

/** Whether `--out` names one file of this format rather than a folder. */
function isFile(out: string, format: string): boolean {
  return extname(out).toLowerCase() === endingOf(format)
}

/** Ends the command where `--out` is one file and several pictures were given. */
export async function assertOneFile(
  command: Command,
  out: string | undefined,
  images: readonly string[],
  recursive: boolean,
  format = 'safetensors',
): Promise<void> {
  if (out === undefined || !isFile(out, format) || (await findImages(images, recursive)).images.length <= 1) return
  command.error(`error: --out ${out} is one file, but several pictures were given. Give a folder.`)
}

/**
 * Where each picture's file goes. Pictures of one name in different folders must not overwrite each other's.
 *
 * @param format - what files of a folder end with
 */
export function createOutPaths(format = 'safetensors'): (out: string, input: Input) => string {
  const taken = new Set<string>()
  return (out, { relative }) => {
    if (isFile(out, format)) return out
    const stem = join(out, relative.slice(0, relative.length - extname(relative).length))
    let path = `${stem}.${format}`
    for (let count = 2; taken.has(path); count++) path = `${stem}-${count}.${format}`
    taken.add(path)
    return path
  }
}
