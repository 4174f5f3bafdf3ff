import type { Command } from 'commander'
import { assertSearch, searchOptions, type SearchCommandOptions } from '../options/stores/search-options.ts'
import type { CommandContext } from '../output/command-context.ts'
import { searchStore } from '../run/stores/search-store.ts'

/** `dinokit search` */
export function addSearchCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('search')
    .summary('Find the most similar images in a store')
    .description('Find the most similar images in a store, by cosine similarity of embeddings.')
    .argument('[images...]', 'files, folders, glob patterns or addresses; each is searched for')
  searchOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit search photo.jpg --store photos.store --out similar.png
  $ dinokit search photo.jpg --store s3://bucket/embeddings --top 3 --json
  $ dinokit search --like a.jpg --like b.jpg --unlike c.jpg --store photos.store --diverse
  $ dinokit search photo.jpg --region 120,80,60,60 --store rooms.store

With --like and --unlike, the mean of the images that are to be found, each embedding scaled to length 1, minus 0.5 times
the mean of the others is searched for.`,
    )
    .action(async (images: string[], options: SearchCommandOptions) => {
      assertSearch(command, images, options)
      await searchStore(context(command), images, options)
    })
}
