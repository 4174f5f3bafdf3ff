import type { InputSize } from '@dinokit/core'
import { writeFileWhole } from '@dinokit/runtime-node'
import { Option, type Command } from 'commander'
import type { Input } from '../images/find-images.ts'
import { createOutPaths } from './out-paths.ts'
import { parseSize } from './parse-options.ts'
import { pictureOptions, type PictureOptions } from './picture-options.ts'

/** What every command that asks a head takes. */
export interface HeadCommandOptions extends PictureOptions {
  readonly head?: string
  readonly size?: InputSize
  readonly out?: string
  readonly format?: string
  readonly overlay?: boolean
}

/**
 * Adds the options that every command that asks a head takes.
 *
 * @param command - to add them to
 * @param heads - names of published heads, for the help
 * @param formats - what it writes
 */
export function headOptions(command: Command, heads: string, formats: readonly string[]): Command {
  return pictureOptions(command)
    .option('--head <head>', `${heads}, or a .safetensors or .pth file (default: the model’s own)`)
    .addOption(new Option('--size <size>', 'input: 224 (resize and crop), 448x336, native, pad or source').argParser(parseSize))
    .option('--out <path>', `a ${formats.map((format) => `.${format}`).join(', ')} file for one picture, or a folder`)
    .addOption(new Option('--format <format>', 'what to write (default: as --out ends; safetensors in a folder)').choices(formats))
    .option('--overlay', 'draw over the picture; makes a folder’s files png')
}

/** The reference's way with a picture as it is: padded to multiples of the patch. */
export function paddedSize(size: InputSize | undefined): { readonly size?: InputSize } {
  return size === undefined ? {} : { size: size === 'source' ? 'pad' : size }
}

/** Makes the file of one picture's answer, by the format. */
export type AnswerFile<Format extends string> = Readonly<Record<Format, () => Uint8Array | Promise<Uint8Array>>>

/**
 * Writes each picture's answer to where `--out` says.
 *
 * @returns the path, or undefined where nothing was to be written
 */
export function createAnswerWriter<Format extends string>(
  out: string | undefined,
  format: Format,
): (input: Input, answer: AnswerFile<Format>) => Promise<string | undefined> {
  const pathFor = createOutPaths(format)
  return async (input, answer) => {
    if (out === undefined) return undefined
    const path = pathFor(out, input)
    await writeFileWhole(path, [await answer[format]()])
    return path
  }
}
