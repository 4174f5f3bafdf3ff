import { findLeaks } from '@dinokit/curate'
import type { Command } from 'commander'
import { curateCommand, measureOf, measureOptions, tableOption, type MeasureCommandOptions } from '../../options/stores/curate-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { curateStore } from '../../run/stores/curate-store.ts'

interface LeaksOptions extends MeasureCommandOptions {
  readonly train: string
  readonly test: string
}

/** `dinokit store leaks` */
export function addLeaksCommand(store: Command, context: (command: Command) => CommandContext): void {
  const command = measureOptions(
    curateCommand(store, {
      name: 'leaks',
      about: 'Find images of the test split that stand in the training split too.',
      apply: 'remove their rows from the training split; files stay (default: dry run)',
      filtered: false,
      examples: ['leaks data.store', 'leaks data.store --train train --test val --out leaks.csv', 'leaks data.store --apply'],
    }),
  )
    .option('--train <name>', 'split that is trained on', 'train')
    .option('--test <name>', 'split that is tested on', 'test')
  tableOption(command).action(async (given: string | undefined, options: LeaksOptions) => {
    const { train, test, apply = false } = options
    await curateStore(context(command), command, {
      given,
      options,
      async work(opened, curating) {
        const { leaks, measure, threshold } = await findLeaks(opened, { ...measureOf(options), ...curating, train, test })
        const removed = apply ? await opened.remove(leaks.map((leak) => leak.train.id)) : undefined
        const images = new Set(leaks.map((leak) => leak.test.id)).size
        const done =
          removed === undefined ? (images > 0 ? `; --apply removes them from ${train}` : '') : `, ${removed} rows of ${train} removed`
        return {
          about: { measure, threshold, train, test, images, ...(removed !== undefined && { removed }) },
          columns: ['id', 'train', 'similarity', 'kind'],
          lines: leaks.map((leak) => ({
            id: leak.test.id,
            train: leak.train.id,
            similarity: Number(leak.similarity.toFixed(6)),
            kind: leak.kind,
          })),
          headline: `${images} images of ${test} stand in ${train} too (${measure} similarity from ${threshold})${done}`,
          text: leaks.map((leak) => `  ${leak.similarity.toFixed(3)}  ${leak.test.id} = ${leak.train.id}`),
        }
      },
    })
  })
}
