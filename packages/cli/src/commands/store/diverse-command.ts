import { selectDiverse } from '@dinokit/curate'
import { Option, type Command } from 'commander'
import { parseCount } from '../../options/parse-options.ts'
import { curateCommand, tableOption, type CurateCommandOptions } from '../../options/stores/curate-options.ts'
import { rowsOf } from '../../options/stores/store-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { curateStore } from '../../run/stores/curate-store.ts'

interface DiverseOptions extends CurateCommandOptions {
  readonly count: number
}

/** `dinokit store diverse` */
export function addDiverseCommand(store: Command, context: (command: Command) => CommandContext): void {
  const command = curateCommand(store, {
    name: 'diverse',
    about: 'Select images that cover a store best: each is the one that is least like those before it.',
    examples: ['diverse photos.store --count 100', 'diverse photos.store --count 1000 --split train --out selected.csv'],
  }).addOption(new Option('--count <n>', 'number of images').argParser(parseCount).default(100))
  tableOption(command).action(async (given: string | undefined, options: DiverseOptions) => {
    await curateStore(context(command), command, {
      given,
      options,
      async work(opened, curating) {
        const selected = await selectDiverse(opened, options.count, { ...rowsOf(options), ...curating })
        return {
          about: { selected: selected.length },
          columns: ['place', 'id', 'source', 'similarity'],
          lines: selected.map(({ row, similarity }, place) => ({
            place: place + 1,
            id: row.id,
            source: row.source,
            similarity: Number(similarity.toFixed(6)),
          })),
          headline: `${selected.length} images that cover it`,
          text: selected.map(({ row }) => `  ${row.id}`),
        }
      },
    })
  })
}
