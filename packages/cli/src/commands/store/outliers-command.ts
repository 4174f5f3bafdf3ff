import { findOutliers } from '@dinokit/curate'
import { Option, type Command } from 'commander'
import { parseCount } from '../../options/parse-options.ts'
import { curateCommand, tableOption, type CurateCommandOptions } from '../../options/stores/curate-options.ts'
import { rowsOf } from '../../options/stores/store-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { curateStore } from '../../run/stores/curate-store.ts'

interface OutliersOptions extends CurateCommandOptions {
  readonly top: number
  readonly nearest: number
}

/** `dinokit store outliers` */
export function addOutliersCommand(store: Command, context: (command: Command) => CommandContext): void {
  const command = curateCommand(store, {
    name: 'outliers',
    about: 'Find images that are unlike all others, by the distance to their neighbors.',
    apply: 'remove the listed rows from the store; files stay (default: dry run)',
    examples: ['outliers photos.store', 'outliers photos.store --label cats --top 50 --out outliers.csv'],
  })
    .addOption(new Option('--top <n>', 'number of images to list').argParser(parseCount).default(20))
    .addOption(
      new Option('--nearest <n>', 'neighbors of an image; the distance to the last of them counts').argParser(parseCount).default(5),
    )
  tableOption(command).action(async (given: string | undefined, options: OutliersOptions) => {
    const { top, nearest, apply = false } = options
    await curateStore(context(command), command, {
      given,
      options,
      async work(opened, curating) {
        const rows = await opened.count(rowsOf(options))
        const found = await findOutliers(opened, { ...rowsOf(options), ...curating, nearest, top })
        const removed = apply ? await opened.remove(found.map(({ row }) => row.id)) : undefined
        return {
          about: { rows, nearest, ...(removed !== undefined && { removed }) },
          columns: ['id', 'source', 'distance'],
          lines: found.map(({ row, distance }) => ({ id: row.id, source: row.source, distance: Number(distance.toFixed(6)) })),
          headline: `the ${found.length} of ${rows} images that are farthest from their neighbors${removed === undefined ? '' : `, ${removed} rows removed`}`,
          text: found.map(({ row, distance }) => `  ${distance.toFixed(3)}  ${row.id}`),
        }
      },
    })
  })
}
