import type { Command } from 'commander'
import { annotationOptions, IGNORED, type AnnotationOptions } from '../../options/annotation-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { describeHeadFile, evalOptions, trainedOnWords, type EvalOptions } from '../../input/evaluated-head.ts'
import { describeMetrics, evaluateDense } from '../../run/evaluate-dense.ts'
import { withTrainingSource } from '../../input/open-training.ts'
import { reporting } from '../../output/reporting.ts'
import { openAnnotations } from '../../input/survey-annotations.ts'

/** `dinokit eval segment` and `dinokit eval depth` */
export function addEvalDenseCommands(evaluate: Command, context: (command: Command) => CommandContext): void {
  add(evaluate, 'segment', 'segmentation', 'pixel accuracy, mIoU', context)
  add(evaluate, 'depth', 'depth', 'AbsRel, RMSE, delta1', context)
}

function add(
  evaluate: Command,
  name: string,
  task: 'segmentation' | 'depth',
  metrics: string,
  context: (command: Command) => CommandContext,
): void {
  const command = evaluate
    .command(name)
    .summary(`${task[0]!.toUpperCase()}${task.slice(1)} head`)
    .description(`Evaluate a ${task} head at the size of the images: ${metrics}.`)
  annotationOptions(evalOptions(command), task)
    .addHelpText(
      'after',
      `\nExample:\n  $ dinokit eval ${name} --store rooms.store --annotations maps/ --head my-head.safetensors --split val --json`,
    )
    .action(async (options: EvalOptions & AnnotationOptions) => {
      const { output } = context(command)
      await reporting(context(command), options.head, () =>
        withTrainingSource(context(command), options, async (source) => {
          const described = await describeHeadFile(source, options.head, task)
          const { input, classes = [], output: answer, card } = described
          const own = Array.isArray(card?.ignore) ? (card.ignore as number[]) : answer.kind === 'classes' ? [answer.ignore ?? IGNORED] : []
          const annotations = await openAnnotations(source.store, task, { ignore: own, ...options }, context(command))
          const { rows } = await annotations.survey(options.split, classes.length || undefined)
          const evaluated = { task, weights: options.head, input, rows, classes: classes.length }
          const found = await evaluateDense(source, annotations, evaluated, context(command))
          output.end()
          const { words, ...known } = trainedOnWords(described, rows)
          const said = {
            rows: rows.length,
            ...known,
            ...annotations.leftOut(),
            ...(options.split !== undefined && { split: options.split }),
            ...found,
          }
          output.result(options.head, said, `${options.head}: ${describeMetrics(found)}, of ${rows.length} rows${words}`)
        }),
      )
    })
}
