import { safetensorsChunks } from '@dinokit/checkpoint'
import { DinokitError, modelCardText, type ModelCard } from '@dinokit/core'
import { writeFileAtomic } from '@dinokit/runtime-node'
import type { CropTrainingOptions, RunEnd, Student } from '@dinokit/train'
import { CARD_KEY } from '@dinokit/vit'
import { basename, extname } from 'node:path'
import { commandLine } from '../arguments/command-line.ts'
import type { CommandContext } from '../output/command-context.ts'
import type { RunOptions } from '../options/run-options.ts'
import { explainFailure, keepRun, type RunMetrics } from './keep-run.ts'
import { openRunFolder, type RunFolder } from './run-folder.ts'
import type { TrainingImages } from './training-images.ts'

/** A training that is to be run. */
export interface FolderTraining {
  /** Tells runs apart that are of another kind. */
  readonly kind: string
  /** The command, for the card. */
  readonly by: string
  readonly start: Student
  /** Student that the command line named. */
  readonly from: string | readonly number[]
  readonly images: TrainingImages
  readonly recipe: { readonly batch: number; readonly accumulate: number }
  /** Further things that make it the run that it is. */
  readonly about?: Readonly<Record<string, unknown>>
  /** Further things that the card says of it. */
  readonly described?: Readonly<Record<string, unknown>>
  /** Origin of the weights, for the card. */
  readonly origin: string
  train(options: CropTrainingOptions<string>): Promise<RunEnd & { readonly trained: Student }>
}

/**
 * Runs a training in a folder that keeps it, and writes what was trained as a checkpoint with its card.
 *
 * @param context - says how it goes; its signal ends the run in order
 * @param options - of the command
 * @param training - what is run
 * @throws DinokitError `aborted` where it was interrupted, and those of the training and of {@link openRunFolder}
 */
export async function trainInFolder({ output, signal }: CommandContext, options: RunOptions, training: FolderTraining): Promise<void> {
  const { out, steps, maxMinutes: minutes, knnTrain, knnTest, saveMinutes, evalEveryMinutes: evaluateMinutes } = options
  const { kind, start, from, images, recipe, about = {} } = training
  const end = { ...(steps !== undefined && { steps }), ...(minutes !== undefined && { minutes }) }
  const student = { ...start.card.architecture, from }
  const same = { kind, ...about, student, images: images.about, ...recipe, ...end }
  const [id, stem] = [basename(out, extname(out)), out.slice(0, -extname(out).length)]
  await using folder = await openRunFolder(options.run ?? `${stem}.run`, same, options.resume)
  const knn = knnTrain !== undefined && knnTest !== undefined && { train: knnTrain, test: knnTest }
  const keeper = await keepRun({
    output,
    folder,
    card: { ...start.card, id },
    batch: recipe.batch * recipe.accumulate,
    ...end,
    ...(knn && { knn }),
    signal,
  })
  try {
    const { trained, ...result } = await training.train({
      ...end,
      ...(folder.point && { from: folder.point }),
      saveMinutes,
      evaluateMinutes,
      signal,
      onStep: keeper.onStep,
      onSkipped: keeper.onSkipped,
      save: keeper.save,
      evaluate: ({ tensors }, step) => keeper.evaluate(tensors, step),
    })
    if (result.interrupted) throw new DinokitError('aborted', `Interrupted at step ${result.steps}; continue with --resume.`)
    const card: ModelCard = {
      ...trained.card,
      id,
      origin: training.origin,
      training: {
        by: training.by,
        ...training.described,
        data: { named: images.named, ...images.about },
        student,
        recipe,
        ...end,
        metrics: keeper.metrics(),
        command: commandLine(),
      },
    }
    await writeFileAtomic(out, safetensorsChunks(trained.tensors, { [CARD_KEY]: modelCardText(card) }))
    const metrics = keeper.metrics()
    output.report(out, { ...metrics, run: folder.path }, describeEnd(out, result, metrics, folder))
    output.note(`Next: dinokit embed IMAGE --model ${out}`)
  } catch (error) {
    throw explainFailure(error, folder)
  } finally {
    await keeper.dispose()
  }
}

/** Describes the end of a run in lines of text. */
function describeEnd(out: string, { steps, seconds }: RunEnd, { loss, images, skipped, knn }: RunMetrics, folder: RunFolder): string {
  const [first, last] = [knn[0], knn.at(-1)]
  const percent = (of: { readonly accuracy: number }): string => `${(100 * of.accuracy).toFixed(1)} %`
  const began = folder.entries().find((entry) => typeof entry.loss === 'number')
  const neighbors = !last
    ? 'not measured; --knn-train and --knn-test take folders of classes'
    : `${percent(last)}${first === last ? '' : `, ${percent(first!)} at step ${first!.step}`}`
  return [
    `${out}: ${steps} steps, ${images} images in ${(seconds / 60).toFixed(1)} minutes${skipped ? `, ${skipped} skipped` : ''}`,
    `  loss     ${loss === undefined ? 'of no step: the run had ended before' : `${loss.toFixed(4)}${began ? `, ${(began.loss as number).toFixed(4)} at step ${began.step}` : ''}`}`,
    `  k-NN     ${neighbors}`,
    `  run      ${folder.path}: log.jsonl, curves.png`,
  ].join('\n')
}
