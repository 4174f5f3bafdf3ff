import type { Command } from 'commander'
import { extname } from 'node:path'
import type { HeadCommandOptions } from '../options/head-options.ts'
import { endingOf } from './out-paths.ts'

/** Endings of image files that are not written: a folder of such a name is not what anyone means. */
const OTHER_IMAGES = ['.jpg', '.jpeg', '.webp', '.avif', '.gif', '.tif', '.tiff', '.bmp', '.svg']

/**
 * Decides which format a command writes: what `--format` says, else what `--out` ends with. A folder holds the first of the
 * formats, or images where they are to be drawn over. Ends the command where these do not go together.
 *
 * @param command - which ends
 * @param formats - that it knows, each the end of a file's name; the first is that of a folder
 */
export function answerFormat<Format extends string>(
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
