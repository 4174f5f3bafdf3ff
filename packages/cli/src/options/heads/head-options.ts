import type { InputSize } from '@dinokit/core'
import { Option, type Command } from 'commander'
import { OVERWRITE } from '../../output/output-files.ts'
import { parseSize } from '../parse-options.ts'
import { imageOptions, type ImageOptions } from '../image-options.ts'

/** Options of every command that asks a head. */
export interface HeadCommandOptions extends ImageOptions {
  readonly head?: string
  readonly size?: InputSize
  readonly out?: string
  readonly format?: string
  readonly overlay?: boolean
  /** Whether results of other images are replaced. */
  readonly overwrite: boolean
}

/**
 * Adds the options that every command that asks a head takes.
 *
 * @param command - to add them to
 * @param heads - names of published heads, for the help
 * @param formats - what it writes
 */
export function headOptions(command: Command, heads: string, formats: readonly string[]): Command {
  return imageOptions(command)
    .option('--head <head>', `${heads}, or a .safetensors or .pth file (default: the model’s own)`)
    .addOption(new Option('--size <size>', 'input size: 224 (resize and crop), 448x336, native, pad or source').argParser(parseSize))
    .option('--out <path>', `a ${formats.map((format) => `.${format}`).join(', ')} file for one image, or a folder`)
    .option(...OVERWRITE)
    .addOption(new Option('--format <format>', 'output format (default: by the ending of --out; safetensors in a folder)').choices(formats))
    .option('--overlay', 'draw over the image; implies png in a folder')
}

/** The reference's way with an image as it is: padded to multiples of the patch. */
export function paddedSize(size: InputSize | undefined): { readonly size?: InputSize } {
  return size === undefined ? {} : { size: size === 'source' ? 'pad' : size }
}
