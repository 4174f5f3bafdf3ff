import { SEARCH_INDEX_KINDS, type SearchIndexKind, type Store } from '@dinokit/store'
import { Option, type Command } from 'commander'
import { openStore, rowsDone } from '../../input/open-store.ts'
import { locationOf, storeCommand } from '../../options/stores/store-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { reporting } from '../../output/reporting.ts'
import { describeIndex } from '../../output/store-info.ts'

interface OptimizeCommandOptions {
  readonly store?: string
  readonly index?: SearchIndexKind
}

/** `dinokit store optimize` */
export function addOptimizeCommand(store: Command, context: (command: Command) => CommandContext): void {
  const command = storeCommand(store, 'optimize', 'Compact a store, build the index for approximate search, and measure what it finds.')
    .addOption(
      new Option('--index <kind>', 'kind of the index; flat is none (default: by the number of rows)').choices([...SEARCH_INDEX_KINDS]),
    )
    .addHelpText('after', '\nExamples:\n  $ dinokit store optimize photos.store\n  $ dinokit store optimize photos.store --index ivf-flat')
  command.action(async (given: string | undefined, options: OptimizeCommandOptions) => {
    const location = locationOf(command, given, options)
    const { index } = options
    const { output } = context(command)
    await reporting(context(command), location, async () => {
      await using opened: Store = await openStore(location, { access: 'write', onProgress: rowsDone(output) })
      const made = await opened.optimize(index === undefined ? {} : { index })
      const rows = await opened.count()
      output.report(opened.name, { rows, index: made }, `${opened.name}: ${rows} rows, packed; ${describeIndex(made)}`)
    })
  })
}
