import type { Region } from '@dinokit/core'
import { Option, type Command } from 'commander'
import { modelOptions, type ModelOptions } from '../image-options.ts'
import { parseCount, parsePositive, parseRegion, parseUnit } from '../parse-options.ts'
import { rowOptions, type RowOptions } from './store-options.ts'

/** Options of `dinokit search`. */
export interface SearchCommandOptions extends Omit<ModelOptions, 'model'>, RowOptions {
  readonly store: string
  readonly model?: string
  readonly top: number
  readonly like: readonly string[]
  readonly unlike: readonly string[]
  readonly unlikeWeight?: number
  readonly diverse?: number
  readonly region?: Region
  readonly out?: string
  readonly approximate: boolean
}

/** Weight of being unlike each other, where `--diverse` has no number. */
const DIVERSE = 0.5

/** Adds the options of `dinokit search`. */
export function searchOptions(command: Command): Command {
  command
    .requiredOption('--store <dir>', 'the store that `dinokit index` made')
    .addOption(new Option('--top <n>', 'number of results').argParser(parseCount).default(10))
    .addOption(new Option('--like <image>', 'another image that results are to be like; repeatable').argParser(several).default([], 'none'))
    .addOption(
      new Option('--unlike <image>', 'an image that results are not to be like; repeatable').argParser(several).default([], 'none'),
    )
    .addOption(
      new Option('--unlike-weight <n>', 'weight of the images of --unlike beside the others (default: 0.5)').argParser(parsePositive),
    )
    .addOption(
      new Option('--diverse [weight]', 'results that are unlike each other too: weight of that, from 0, the nearest, to 1')
        .argParser(parseUnit)
        .preset(String(DIVERSE)),
    )
    .addOption(
      new Option(
        '--region <region>',
        'LEFT,TOP,WIDTH,HEIGHT of the image in pixels: find images with a patch like this part, in a store that keeps patches',
      ).argParser(parseRegion),
    )
    .option('--out <file.png>', 'draw the image beside its nearest neighbors')
  rowOptions(command).option('--approximate', 'approximate search by an index; see `dinokit store optimize`', false)
  return modelOptions(command, 'the store’s own')
}

function several(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** Ends the command where options do not go together. */
export function assertSearch(command: Command, images: readonly string[], options: SearchCommandOptions): void {
  const { out, like, unlike, unlikeWeight, region, diverse, approximate } = options
  if (out !== undefined && !/\.png$/i.test(out)) command.error(`error: --out ${out} is no .png file.`)
  if (images.length === 0 && like.length === 0) command.error('error: no image was given.')
  if (images.length > 1 && out !== undefined) command.error('error: --out draws the neighbors of one image.')
  if (unlikeWeight !== undefined && unlike.length === 0) command.error('error: --unlike-weight goes with --unlike.')
  if (!region) return
  if (images.length !== 1) command.error('error: --region is a part of one image.')
  const other = [
    ...(like.length > 0 ? ['--like'] : []),
    ...(unlike.length > 0 ? ['--unlike'] : []),
    ...(diverse === undefined ? [] : ['--diverse']),
    ...(approximate ? ['--approximate'] : []),
  ]
  if (other.length > 0) command.error(`error: --region does not go with ${other.join(' or ')}.`)
}
