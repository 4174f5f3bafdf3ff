import { classification } from '@dinokit/head-classification'
import type { Command } from 'commander'
import { evaluateClassification, storedTokens } from '@dinokit/train/stored'
import type { CommandContext } from '../../output/command-context.ts'
import {
  describeHeadFile,
  evalOptions,
  openForStore,
  rowsToEvaluate,
  trainedOnWords,
  type EvalOptions,
} from '../../input/evaluated-head.ts'
import { withTrainingSource } from '../../input/open-training.ts'
import { reporting } from '../../output/reporting.ts'

/** `dinokit eval classify` */
export function addEvalClassifyCommand(evaluate: Command, context: (command: Command) => CommandContext): void {
  const command = evaluate
    .command('classify')
    .summary('Evaluate a classifier')
    .description('Evaluate a classifier: top-1 accuracy, balanced accuracy, confusion matrix.')
  evalOptions(command)
    .addHelpText('after', '\nExample:\n  $ dinokit eval classify --store photos.store --head my-head.safetensors --split test --json')
    .action(async (options: EvalOptions) => {
      const { output, signal } = context(command)
      await reporting(context(command), options.head, () =>
        withTrainingSource(context(command), options, async (source) => {
          const described = await describeHeadFile(source, options.head, 'classification')
          const { input, classes = [] } = described
          await using head = await openForStore(source, context(command), classification({ weights: options.head }), options)
          const evaluated = await rowsToEvaluate(source.store, options.split, signal)
          const ids = evaluated.map(({ id }) => id)
          const names = classes.map(({ name }) => name)
          const rows = storedTokens(source.store, ids, input, source.depth)
          const onRow = (done: number): void => output.advance(done, ids.length)
          onRow(0)
          const metrics = await evaluateClassification(head, rows, names, { onRow, signal })
          output.end()
          const { top1, balancedAccuracy, confusion } = metrics
          const { words, ...known } = trainedOnWords(described, evaluated)
          const said = {
            rows: ids.length,
            ...known,
            ...(options.split !== undefined && { split: options.split }),
            ...metrics,
            classes: names,
          }
          const recalls = confusion.flatMap((row, index) => {
            const count = row.reduce((sum, value) => sum + value, 0)
            return count === 0 ? [] : [`  ${percent(row[index]! / count)}  ${names[index]} (${row[index]} of ${count})`]
          })
          const first = `${options.head}: top-1 ${percent(top1)}, balanced accuracy ${percent(balancedAccuracy)}, of ${ids.length} rows${words}`
          output.result(options.head, said, [first, ...recalls].join('\n'))
        }),
      )
    })
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`.padStart(7).trim()
}
