import type { InputSize } from '@dinokit/core'
import type { LabelOptions, SplitChoice } from '@dinokit/image-files'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { decodeOption, modelOptions, type ModelOptions } from './image-options.ts'
import { parseCount, parseLayers, parseSize } from './parse-options.ts'

/** Options of `dinokit index`. */
export interface IndexOptions extends ModelOptions, Omit<LabelOptions, 'split'> {
  readonly split?: SplitChoice
  readonly store: string
  readonly size?: InputSize
  readonly patches?: boolean
  readonly meanPatchToken?: boolean
  readonly layers?: number[]
  readonly attention?: number[]
  readonly classAttention?: number[]
  readonly flip?: boolean
  readonly float16?: boolean
  readonly batch?: number
  readonly forgetLabels: boolean
  readonly prune: boolean
  readonly yes: boolean
  readonly queue?: string
  readonly name?: string
  readonly shard?: number
  readonly dryRun: boolean
  readonly workers?: number
}

/** Adds the options of `dinokit index`. */
export function indexOptions(command: Command): Command {
  command
    .requiredOption('--store <dir>', 'the store: a folder, or an address such as s3://bucket/embeddings')
    .addOption(new Option('--labels-from-folders', 'use the name of the first-level folder as the label').conflicts('labels'))
    .option('--labels <file.csv>', 'CSV table with the columns path, label, split, annotation; paths are relative to it')
    .addOption(
      new Option('--split <split>', 'split name for all images, or shares such as train=80,val=20, stratified by label').argParser(
        parseSplit,
      ),
    )
    .option('--patches', 'also store the patch tokens')
    .option('--mean-patch-token', 'also store the mean patch token')
    .addOption(new Option('--layers <list>', 'also store these layers, counted from 1, such as 3,6,9,12').argParser(parseLayers))
    .addOption(new Option('--attention <list>', 'also store the attention maps of these layers').argParser(parseLayers))
    .addOption(new Option('--class-attention <list>', 'also store CLS-to-patch attention of these layers').argParser(parseLayers))
    .option('--flip', 'also store horizontally flipped copies, without attention maps (for training only)')
    .option('--float16', 'store embeddings as float16')
    .addOption(new Option('--size <size>', 'input size: 224 (resize and crop), 448x336, native, pad or source').argParser(parseSize))
    .addOption(new Option('--batch <n>', 'batch size (default: 1, on a GPU 8)').argParser(parseCount))
    .option('--forget-labels', 'remove labels, annotations and splits that this run does not give (default: keep them)', false)
    .option('--prune', 'list rows of these folders whose file is gone (dry run)', false)
    .option('--yes', 'with --prune, remove those rows', false)
    .addOption(
      new Option(
        '--queue <address>',
        'plan for many workers: redis://host:6379 or postgres://user@host/database (see `dinokit worker`)',
      ).conflicts(['prune', 'forgetLabels']),
    )
    .option('--name <name>', 'with --queue, name of the queue; each store has its own (default: dinokit)')
    .addOption(new Option('--shard <n>', 'with --queue, images of one job (default: 1000)').argParser(parseCount))
    .addOption(
      new Option('--dry-run', 'write nothing: tell images per second on a sample, bytes on disk and the time left')
        .default(false)
        .conflicts(['prune', 'yes']),
    )
    .addOption(new Option('--workers <n>', 'with --dry-run, number of workers like this machine (default: 1)').argParser(parseCount))
  return modelOptions(command.addOption(decodeOption()))
}

/** `train` for all, or shares such as `train=80,val=20`. */
function parseSplit(text: string): SplitChoice {
  if (!text.includes('=')) return { all: text }
  const shares = text.split(',').map((part) => {
    const match = /^\s*([^=\s]+)\s*=\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(part)
    if (!match || Number(match[2]) <= 0) throw new InvalidArgumentError('Give a name, or shares such as train=80,val=20.')
    return { name: match[1]!, share: Number(match[2]) }
  })
  if (new Set(shares.map(({ name }) => name)).size < shares.length) throw new InvalidArgumentError('Name each split once.')
  return { shares }
}
