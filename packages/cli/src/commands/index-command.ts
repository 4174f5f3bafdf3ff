import { imagesToStore } from '@dinokit/image-files'
import type { Command } from 'commander'
import { indexOptions, type IndexOptions } from '../options/index-options.ts'
import type { CommandContext } from '../output/command-context.ts'
import { reporting } from '../output/reporting.ts'
import { noImages, tellPassedOver } from '../output/tell-search.ts'
import { planOnQueue } from '../run/queue/plan-on-queue.ts'
import { estimateIndex } from '../run/stores/estimate-index.ts'
import { indexImages } from '../run/stores/index-images.ts'

/** `dinokit index` */
export function addIndexCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('index')
    .summary('Add the embeddings of images to a store')
    .description(
      'Compute embeddings once and keep them in a store. Run it again to continue after an interruption: images that are already there are skipped, changed ones are replaced.',
    )
    .argument(
      '<folders...>',
      'folders (searched recursively), files or glob patterns; with --queue also s3://bucket/photos/, addresses, and text files with one address a line',
    )
  indexOptions(command)
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
      const labeled = { ...labels, ...(all !== undefined && { split: () => all }) }
      if (options.yes && !options.prune) command.error('error: --yes goes with --prune.')
      if (options.queue !== undefined && !options.dryRun) {
        await reporting(context(command), options.store, () => planOnQueue(context(command), folders, options, labeled))
        return
      }
      const found = await imagesToStore(folders, labeled)
      tellPassedOver(context(command).output, found.passedOver)
      if (found.images.length === 0 && !options.prune) throw noImages(folders, true)
      await reporting(context(command), options.store, () =>
        options.dryRun ? estimateIndex(context(command), found, options) : indexImages(context(command), folders, found, options),
      )
    })
}
