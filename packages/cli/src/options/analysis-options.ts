import type { InputSize } from '@dinokit/core'
import { Option, type Command } from 'commander'
import { OVERWRITE } from '../output/output-files.ts'
import { imageOptions, type ImageOptions } from './image-options.ts'
import { parseSize } from './parse-options.ts'

/** Options of every command that analyzes tokens. */
export interface AnalysisOptions extends ImageOptions {
  readonly size?: InputSize
  readonly out?: string
  readonly format?: string
  /** Whether results of other images are replaced. */
  readonly overwrite: boolean
}

/** The whole image, fine enough that patches follow shapes. */
export const ANALYSIS_SIZE = { shortest: 448 } as const satisfies InputSize

/**
 * Adds the options that every command that analyzes tokens takes.
 *
 * @param command - to add them to
 * @param formats - what it writes, the first of them in a folder
 */
export function analysisOptions(command: Command, formats: readonly string[]): Command {
  return imageOptions(command)
    .addOption(
      new Option(
        '--size <size>',
        'input size: 224 (resize and crop), 448x336, native, pad or source (default: the whole image, its shorter side 448)',
      ).argParser(parseSize),
    )
    .option('--out <path>', `a ${formats.map((format) => `.${format}`).join(', ')} file for one image, or a folder`)
    .option(...OVERWRITE)
    .addOption(
      new Option('--format <format>', `output format (default: by the ending of --out; ${formats[0]!} in a folder)`).choices(formats),
    )
}
