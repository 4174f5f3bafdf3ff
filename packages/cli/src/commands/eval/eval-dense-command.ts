import type { Command } from 'commander'
import { annotationOptions, IGNORED, type AnnotationOptions } from '../../options/annotation-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { describeHeadFile, evalOptions, trainedOnWords, type EvalOptions } from '../../input/evaluated-head.ts'
import { evaluateDense, surveyAnnotations } from '@dinokit/train/stored'
import { describeMetrics } from '../../output/training/describe-dense.ts'
import { withTrainingSource } from '../../input/open-training.ts'
import { reporting } from '../../output/reporting.ts'
import { openAnnotations } from '../../input/open-annotations.ts'

/** `dinokit eval segment` and `dinokit eval depth` */
export function addEvalDenseCommands(evaluate: Command, context: (command: Command) => CommandContext): void {
  add(evaluate, { name: 'segment', task: 'segmentation', metrics: 'pixel accuracy, mIoU' }, context)
  add(evaluate, { name: 'depth', task: 'depth', metrics: 'AbsRel, RMSE, delta1' }, context)
}

interface Evaluated {
  /** Name of the command. */
  readonly name: string
  readonly task: 'segmentation' | 'depth'
  /** Metrics that are printed, in words. */
  readonly metrics: string
}

function add(evaluate: Command, { name, task, metrics }: Evaluated, context: (command: Command) => CommandContext): void {
  const command = evaluate
    .command(name)
    .summary(`Evaluate a ${task} head`)
    .description(`Evaluate a ${task} head at the size of the images: ${metrics}.`)
  annotationOptions(evalOptions(command), task)
    .addHelpText(
      'after',
      `\nExample:\n  $ dinokit eval ${name} --store rooms.store --annotations maps/ --head my-head.safetensors --split val --json`,
    )
    .action(async (options: EvalOptions & AnnotationOptions) => {
      const { output, signal } = context(command)
      await reporting(context(command), options.head, () =>
        withTrainingSource(context(command), options, async (source) => {
          const described = await describeHeadFile(source, options.head, task)
          const { input, classes = [], output: answer, card } = described
          const own = Array.isArray(card?.ignore) ? (card.ignore as number[]) : answer.kind === 'classes' ? [answer.ignore ?? IGNORED] : []
          const { store } = source
          const annotations = await openAnnotations(store, task, { ignore: own, ...options }, output)
          const survey = await surveyAnnotations(store, {
            ...{ ...annotations, task, signal },
            ...(options.split !== undefined && { split: options.split }),
            ...(classes.length > 0 && { classes: classes.length }),
            onProgress: (done, of) => output.advance(done, of, 'annotations'),
          })
          annotations.onSurvey(survey, options.split)
          const { rows } = survey
          const onRow = (done: number): void => output.advance(done, rows.length, 'images evaluated')
          const evaluated = { ...annotations, task, weights: options.head, input, rows, classes: classes.length }
          const found = await evaluateDense({ ...source, allowPrecision: options.allowPrecision ?? false }, store, evaluated, {
            signal,
            onRow,
          })
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
