import { writeSafetensors } from '@dinokit/checkpoint'
import type { AnyTensor, InputSize } from '@dinokit/core'
import { writeFileWhole } from '@dinokit/runtime-node'
import { Option, type Command } from 'commander'
import type { Input } from './expand-inputs.ts'
import { createOutPaths } from './out-paths.ts'
import { parseSize } from './parse-options.ts'
import { pictureOptions, type PictureOptions } from './picture-options.ts'

/** What every command that asks a head takes. */
export interface HeadCommandOptions extends PictureOptions {
  readonly head?: string
  readonly size?: InputSize
  readonly out?: string
}

/**
 * Adds the options that every command that asks a head takes.
 *
 * @param command - to add them to
 * @param heads - names of published heads, for the help
 */
export function headOptions(command: Command, heads: string): Command {
  return pictureOptions(command)
    .option('--head <head>', `${heads}, or a .safetensors or .pth file (default: the model’s own)`)
    .addOption(new Option('--size <size>', 'input: 224 (resize and crop), 448x336, native, pad or source').argParser(parseSize))
    .option('--out <path>', 'a .safetensors file for one picture, or a folder')
}

/** The reference's way with a picture as it is: padded to multiples of the patch. */
export function paddedSize(size: InputSize | undefined): { readonly size?: InputSize } {
  return size === undefined ? {} : { size: size === 'source' ? 'pad' : size }
}

/** What one picture's answer is written as. */
export interface AnswerFile {
  readonly tensors: Readonly<Record<string, AnyTensor>>
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * Writes each picture's answer to where `--out` says.
 *
 * @returns the path, or undefined where nothing was to be written
 */
export function createAnswerWriter(out: string | undefined): (input: Input, answer: AnswerFile) => Promise<string | undefined> {
  const pathFor = createOutPaths()
  return async (input, { tensors, metadata }) => {
    if (out === undefined) return undefined
    const path = pathFor(out, input)
    // The one place where what is written is decided: pictures (`--out FILE.png`) are drawn here, by their ending.
    await writeFileWhole(path, [writeSafetensors(tensors, metadata)])
    return path
  }
}
