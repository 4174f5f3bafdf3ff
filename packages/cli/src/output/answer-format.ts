import type { Command } from 'commander'
import { extname } from 'node:path'
import type { HeadCommandOptions } from '../options/heads/head-options.ts'
import type { Input } from '@dinokit/image-files'
import { assertOneFile, endingOf } from './out-paths.ts'
import { createOutputFiles } from './output-files.ts'

/** Makes the file of one image's answer, by the format. */
export type AnswerFile<Format extends string> = Readonly<Record<Format, () => Uint8Array | Promise<Uint8Array>>>

/** Files of a command's answers, one an image, where `--out` says so. */
export interface AnswerFiles<Format extends string> {
  /** Told the images before the first answer is written. */
  begin(inputs: readonly Input[]): Promise<void>
  /**
   * Writes an answer.
   *
   * @returns the path, or undefined where nothing was to be written
   */
  write(input: Input, answer: AnswerFile<Format>): Promise<string | undefined>
}

/**
 * Prepares the files of a command's answers. Ends the command where its options do not go together.
 *
 * @param command - which ends
 * @param formats - that it knows, each the end of a file’s name; the first is that of a folder
 * @param images - as they were given
 */
export async function answerFiles<Format extends string>(
  command: Command,
  formats: readonly Format[],
  images: readonly string[],
  given: Pick<HeadCommandOptions, 'out' | 'format' | 'overlay' | 'overwrite' | 'recursive'>,
): Promise<AnswerFiles<Format>> {
  const format = answerFormat(command, formats, given)
  await assertOneFile(command, images, { ...given, format })
  const { out, overwrite } = given
  const files = out === undefined ? undefined : createOutputFiles({ out, format, overwrite })
  return {
    begin: async (inputs) => files?.plan(inputs),
    write: async (input, answer) => files?.write(input, await answer[format]()),
  }
}

/** Endings of image files that are not written: a folder of such a name is not what anyone means. */
const OTHER_IMAGES = ['.jpg', '.jpeg', '.webp', '.avif', '.gif', '.tif', '.tiff', '.bmp', '.svg']

/**
 * Decides which format a command writes: what `--format` says, else what `--out` ends with. A folder holds the first of the
 * formats, or images where they are to be drawn over. Ends the command where these do not go together.
 *
 * @param command - which ends
 * @param formats - that it knows, each the end of a file's name; the first is that of a folder
 */
function answerFormat<Format extends string>(
  command: Command,
  formats: readonly Format[],
  { out, format: named, overlay }: Pick<HeadCommandOptions, 'out' | 'format' | 'overlay'>,
): Format {
  if (out === undefined && (named !== undefined || overlay)) {
    command.error(`error: ${overlay ? '--overlay' : '--format'} is for what is written. Say where, with --out.`)
  }
  const ending = out === undefined ? '' : extname(out).toLowerCase()
  if (OTHER_IMAGES.includes(ending)) command.error(`error: --out ${out} ends with ${ending}; images are drawn as .png.`)
  const format = (named ?? formatOf(out ?? '', formats) ?? (overlay ? 'png' : formats[0])) as Format
  if (['.png', '.safetensors'].includes(ending) && ending !== endingOf(format)) {
    command.error(`error: --out ${out} is no .${format} file, which --format asks for.`)
  }
  if (overlay && format !== 'png') command.error(`error: --overlay draws a png; ${format} holds numbers.`)
  return format
}

/** The longest ending that fits: `room.mm.png` is a png file too. */
function formatOf<Format extends string>(out: string, formats: readonly Format[]): Format | undefined {
  const fitting = formats.filter((format) => out.toLowerCase().endsWith(`.${format}`))
  return fitting.sort((a, b) => b.length - a.length)[0]
}
