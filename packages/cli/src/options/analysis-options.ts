import type { TileOptions } from '@dinokit/analysis'
import type { InputSize } from '@dinokit/core'
import { Option, type Command } from 'commander'
import { OVERWRITE } from '../output/output-files.ts'
import { imageOptions, type ImageOptions } from './image-options.ts'
import { parseCount, parseNumber, parseSize, parseWhole } from './parse-options.ts'

/** Options of every command that analyzes tokens. */
export interface AnalysisOptions extends ImageOptions {
  readonly size?: InputSize
  readonly out?: string
  readonly format?: string
  /** Whether results of other images are replaced. */
  readonly overwrite: boolean
  /** Whether a model without registers is given one. */
  readonly testTimeRegisters?: boolean
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
  return outOptions(sizedOptions(command), formats)
}

/** Adds the options of where each image's answer is written; `formats`: what can be written, the first of them in a folder. */
export function outOptions(command: Command, formats: readonly string[]): Command {
  return command
    .option('--out <path>', `a ${formats.map((format) => `.${format}`).join(', ')} file for one image, or a folder`)
    .option(...OVERWRITE)
    .addOption(
      new Option('--format <format>', `output format (default: by the ending of --out; ${formats[0]!} in a folder)`).choices(formats),
    )
}

/** Adds the options of commands that look at several images together. */
export function sizedOptions(command: Command): Command {
  return imageOptions(command).addOption(
    new Option(
      '--size <size>',
      'input size: 224 (resize and crop), 448x336, native, pad or source (default: the whole image, its shorter side 448)',
    ).argParser(parseSize),
  )
}

/** Options of finding what examples show. */
export interface ExampleOptions {
  readonly example?: readonly string[]
  readonly mask?: readonly string[]
  readonly negative?: readonly string[]
  /** Least score of what is found. */
  readonly least?: number
  readonly by: ExampleMethod
}

/** Way to find what examples show. */
export type ExampleMethod = 'groups' | 'prototypes'

/** Adds the options of finding what examples show. */
export function exampleOptions(command: Command): Command {
  return command
    .option('--example <images...>', 'find what these show, without training or a head')
    .option('--mask <files...>', 'for each --example an image of its size, white where the thing is')
    .option('--negative <images...>', 'images that do not show it, for --example')
    .addOption(
      new Option('--by <method>', 'groups (whole groups of patches that are alike) or prototypes (each patch by itself), for --example')
        .choices(['groups', 'prototypes'])
        .default('groups'),
    )
    .addOption(
      new Option('--least <score>', 'least score of a group (default: 0.2), or similarity to a prototype (default: 0.5)').argParser(
        parseNumber,
      ),
    )
}

/** Adds the option of giving a model a register. */
export function registerOption(command: Command): Command {
  return command.option(
    '--test-time-registers',
    'give a model without registers one, so that no patches are used as such: for display, tokens are others than usual',
  )
}

/** Options of looking at large images tile by tile. */
export interface TileCommandOptions {
  readonly tile?: number
  readonly overlap?: number
}

/** Adds the options of looking at large images tile by tile. */
export function tileOptions(command: Command): Command {
  return command
    .addOption(new Option('--tile <n>', 'see a large image at its own size, in tiles of this side, such as 518').argParser(parseCount))
    .addOption(new Option('--overlap <n>', 'pixels that tiles share (default: about 112)').argParser(parseWhole))
}

/**
 * Reads them.
 *
 * @param command - which ends where an option that was given does not go with tiles
 * @param given - the options
 * @param others - names of options that do not go with tiles, as `--size`, of those that were given
 * @returns undefined without `--tile`
 */
export function tilesOf(command: Command, { tile, overlap }: TileCommandOptions, others: readonly string[]): TileOptions | undefined {
  if (tile === undefined) {
    if (overlap !== undefined) command.error('error: --overlap is for --tile.')
    return undefined
  }
  if (others.length > 0) command.error(`error: ${others[0]} and --tile exclude one another.`)
  return { tile, ...(overlap !== undefined && { overlap }) }
}

/**
 * Names the options that were given.
 *
 * @param options - by their names, such as `--size`; undefined and false where an option was not given
 */
export function givenOf(options: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(options).filter((name) => options[name] !== undefined && options[name] !== false)
}
