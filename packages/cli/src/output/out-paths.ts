import type { Command } from 'commander'
import { createHash } from 'node:crypto'
import { extname, isAbsolute, join, relative as relativePath, resolve, sep } from 'node:path'
import { findImages, isAddress, type Input } from '@dinokit/image-files'

/** The ending of a format's files: `.png` also of `mm.png`. */
export function endingOf(format: string): string {
  return extname(`file.${format}`)
}

/** Whether `--out` names one file of this format rather than a folder. */
export function isOneFile(out: string, format: string): boolean {
  return extname(out).toLowerCase() === endingOf(format)
}

/** Ends the command where `--out` does not name a PNG file. */
export function assertPng(command: Command, out: string): void {
  if (!isOneFile(out, 'png')) command.error(`error: --out ${out} must end with .png.`)
}

/** Options of a command that decide where its results go. */
export interface Destination {
  readonly out?: string | undefined
  /** Default `safetensors`. */
  readonly format?: string
  readonly recursive: boolean
}

/** Ends the command where `--out` is one file and several images were given. */
export async function assertOneFile(
  command: Command,
  images: readonly string[],
  { out, format = 'safetensors', recursive }: Destination,
): Promise<void> {
  if (out === undefined || !isOneFile(out, format) || (await findImages(images, recursive)).images.length <= 1) return
  command.error(`error: --out ${out} is one file, but several images were given. Give a folder.`)
}

/**
 * Where each image's file goes: named after the image, below the folder that was given, without its ending. Where several would be
 * called alike, as `a.jpg` and `a.png`, all of these keep their endings (`a.jpg.safetensors`); where that does not tell them apart, as
 * for `x/a.jpg` and `y/a.jpg`, they have the path that they were given by; and at last a digest of their whole path. No name depends
 * on the order of the images.
 *
 * @param out - a file or a folder
 * @param format - what files of a folder end with
 */
export function outputPaths(out: string, format: string, inputs: readonly Input[]): ReadonlyMap<Input, string> {
  if (isOneFile(out, format)) return new Map(inputs.map((input) => [input, out]))
  const levels = new Map(inputs.map((input) => [input, 0]))
  const pathOf = (input: Input): string => join(out, `${NAMES[levels.get(input)!]!(input)}.${format}`)
  for (;;) {
    const alike = groupBy(inputs, (input) => keyOf(pathOf(input)))
    const unclear = [...alike.values()]
      .filter((some) => some.length > 1)
      .flat()
      .filter((input) => levels.get(input)! < NAMES.length - 1)
    if (unclear.length === 0) return new Map(inputs.map((input) => [input, pathOf(input)]))
    for (const input of unclear) levels.set(input, levels.get(input)! + 1)
  }
}

/** Names below `--out`, the first that tells an image from the others. */
const NAMES: readonly ((input: Input) => string)[] = [
  ({ relative }) => relative.slice(0, relative.length - extname(relative).length),
  ({ relative }) => relative,
  ({ source, relative }) => {
    const given = relativePath('', source)
    return isAddress(source) || isAbsolute(given) || given.startsWith('..') ? relative : given
  },
  ({ source, relative }) => `${relative}-${digestOf(isAddress(source) ? source : resolve(source))}`,
]

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

/** Names that some file systems take for one. */
function keyOf(path: string): string {
  return path.split(sep).join('/').normalize('NFC').toLowerCase()
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const value of values) {
    const key = keyOf(value)
    const group = groups.get(key)
    if (group) group.push(value)
    else groups.set(key, [value])
  }
  return groups
}
