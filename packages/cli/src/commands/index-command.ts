import type { DinokitError, InputSize } from '@dinokit/core'
import { fillStore, layoutFor, type ImageToStore, type Store, type StoreOutcome } from '@dinokit/store'
import type { ImageSource } from '@dinokit/runtime-node'
import { Option, type Command } from 'commander'
import {
  isFileGone,
  imagesToStore,
  type ImagesToStore,
  type LabelOptions,
  shareOut,
  type SplitChoice,
  type SplitShare,
} from '@dinokit/image-files'
import { open } from 'dinokit'
import type { CommandContext } from '../output/command-context.ts'
import { openStore, rowsDone } from '../input/open-store.ts'
import { parseCount, parseLayers, parseSize } from '../options/parse-options.ts'
import { openOptions, modelOptions, type ModelOptions } from '../options/image-options.ts'
import { pruneRows } from '../run/prune-rows.ts'
import { reporting } from '../output/reporting.ts'
import { parseSplit } from '../options/parse-split.ts'
import { noImages, passedOverOf, tellPassedOver } from '../output/tell-search.ts'

interface IndexOptions extends ModelOptions, Omit<LabelOptions, 'split'> {
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
  readonly batch: number
  readonly forgetLabels: boolean
  readonly prune: boolean
  readonly yes: boolean
}

/** `dinokit index` */
export function addIndexCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('index')
    .summary('Add the embeddings of images to a store')
    .description(
      'Compute embeddings once and keep them in a store. Run it again to continue after an interruption: images that are already there are skipped, changed ones are replaced.',
    )
    .argument('<folders...>', 'folders (searched recursively), files or glob patterns')
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
    .addOption(new Option('--batch <n>', 'batch size').argParser(parseCount).default(1))
    .option('--forget-labels', 'remove labels, annotations and splits that this run does not give (default: keep them)', false)
    .option('--prune', 'list rows of these folders whose file is gone (dry run)', false)
    .option('--yes', 'with --prune, remove those rows', false)
  modelOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit index photos/ --store photos.store
  $ dinokit index data/train --store data.store --labels-from-folders --split train
  $ dinokit index photos/ --store photos.store --prune
  $ dinokit index rooms/ --store rooms.store --labels rooms.csv --patches --layers 3,6,9,12 --size 448x336

An image’s id is the name of the folder that was given and the path below it. A file that was renamed or moved keeps its row:
it is known by its content.`,
    )
    .action(async (folders: string[], options: IndexOptions) => {
      const { split, ...labels } = options
      const all = split?.all
      const found = await imagesToStore(folders, { ...labels, ...(all !== undefined && { split: () => all }) })
      tellPassedOver(context(command).output, found.passedOver)
      if (options.yes && !options.prune) command.error('error: --yes goes with --prune.')
      if (found.images.length === 0 && !options.prune) throw noImages(folders, true)
      await reporting(context(command), options.store, () => indexImages(context(command), folders, found, options))
    })
}

async function indexImages(
  { output, signal }: CommandContext,
  folders: readonly string[],
  found: ImagesToStore,
  options: IndexOptions,
): Promise<void> {
  const { size, layers, attention, classAttention, flip, float16, batch, patches, meanPatchToken } = options
  const maps = [...new Set([...(attention ?? []), ...(classAttention ?? [])])]
  await using vision = await open({
    ...openOptions(options),
    ...(size !== undefined && { size }),
    ...(layers && { layers }),
    ...(maps.length > 0 && { attention: maps }),
    onProgress: output.onProgress,
    signal,
  })
  const layout = layoutFor(vision, {
    ...(size !== undefined && { size }),
    ...(layers && { layers }),
    ...(attention && { attention }),
    ...(classAttention && { classAttention }),
    ...(patches && { patches }),
    ...(meanPatchToken && { patchMean: true }),
    ...(flip && { mirrored: flip }),
    dtype: float16 ? 'float16' : 'float32',
  })
  await using store: Store = await openStore(options.store, { layout, onProgress: rowsDone(output) })
  const counts: Record<StoreOutcome | 'failed', number> = { added: 0, replaced: 0, relabeled: 0, kept: 0, failed: 0 }
  const fail = (name: string, error: DinokitError): void => {
    counts.failed++
    output.failure(name, error)
  }
  const names = new Map<string, string>()
  const images: ImageToStore<ImageSource>[] = []
  for (const { name, image, error } of found.images) {
    if (error) fail(name, error)
    else {
      names.set(image.source, name)
      images.push(image)
    }
  }
  const { labelsWithoutImage: bare } = found
  if (bare.length > 0) output.note(`${options.labels} has labels of images that are not there: ${bare.length}, such as ${bare[0]}.`)
  for (const name of bare) output.detail(name, { outcome: 'no image' }, `no image ${name}`)
  const shared = options.split?.shares && (await withShares(store, images, options.split.shares))
  // Rows are reported in groups, once they are safe: the bar goes by what was looked at.
  const done = new Set<string>()
  const onLook = ({ id }: { readonly id: string }): void => output.advance(done.add(id).size, images.length)
  output.advance(0, images.length)
  const looked = fillStore(vision, store, shared ?? images, {
    batch,
    forgetLabels: options.forgetLabels,
    isGone: isFileGone,
    onLook,
    onNote: (note) => output.note(note),
    signal,
  })
  for await (const { image, outcome, error } of looked) {
    const name = names.get(image.source)!
    if (error) fail(name, error)
    else {
      counts[outcome]++
      output.detail(name, { id: image.id, outcome }, `${outcome} ${name}`)
    }
    onLook(image)
  }
  output.end()
  const pruned = options.prune ? await pruneRows(output, store, folders, options.yes) : {}
  const rows = await store.count()
  const said = Object.entries({ ...counts, ...pruned }).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []))
  output.report(
    options.store,
    { rows, ...counts, ...pruned, ...passedOverOf(found.passedOver), ...(bare.length > 0 && { labelsWithoutImage: bare.length }) },
    `${options.store}: ${rows} rows; ${said.join(', ')}`,
  )
  const next = images.some(({ label }) => label !== undefined) ? 'train classify' : 'search IMAGE'
  output.note(`Next: dinokit ${next} --store ${options.store}`)
}

/** Images with their splits, in which those that are in the store already stay where that can be. */
async function withShares(
  store: Store,
  images: readonly ImageToStore<ImageSource>[],
  shares: readonly SplitShare[],
): Promise<ImageToStore<ImageSource>[]> {
  const stored: Pick<ImageToStore<ImageSource>, 'id' | 'label' | 'split'>[] = []
  for await (const { rows } of store.iterate({ fields: ['id', 'label', 'split'], tensors: [], batch: 4096 })) stored.push(...rows)
  const splits = shareOut(shares, images, stored)
  return images.map((image) => ({ ...image, split: splits.get(image.id)! }))
}
