import { MOST_FOLDED, trainClassifier } from '@dinokit/train/stored'
import type { Command } from 'commander'
import { basename } from 'node:path'
import { withTrainingSource, type TrainingSource } from '../../input/open-training.ts'
import { assertClassifierOptions, classifierOptions, type ClassifierOptions } from '../../options/classifier-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { reportClassifier, reportUnlabeled } from '../../output/training/report-classifier.ts'
import { reporting } from '../../output/reporting.ts'
import { writeCurve } from '../../output/write-curve.ts'
import { headFileOf, writeHead } from '../../output/write-head.ts'

/** `dinokit train classify` */
export function addTrainClassifyCommand(train: Command, context: (command: Command) => CommandContext): void {
  const command = train
    .command('classify')
    .summary('Train a classifier')
    .description('Train a classifier on the CLS tokens and labels of a store.')
  classifierOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit index photos/ --store photos.store --labels-from-folders --mean-patch-token --layers 9,10,11
  $ dinokit train classify --store photos.store --out my-head.safetensors
  $ dinokit classify photo.jpg --head my-head.safetensors

The setting that does best on the validation rows is kept. Without a validation split, or where it lacks a class, up to
${MOST_FOLDED} rows are cross-validated, and the best setting is refitted on all of them. With more rows, for the sweep, or
with --validation 0.2, a share is held back instead; the best setting is refitted on all rows, unless --patience chose an epoch.`,
    )
    .action(async (options: ClassifierOptions) => {
      assertClassifierOptions(command, options)
      await reporting(context(command), options.store, () =>
        withTrainingSource(context(command), options, (source) => runTraining(source, options, context(command))),
      )
    })
}

async function runTraining(source: TrainingSource, options: ClassifierOptions, { output, signal }: CommandContext): Promise<void> {
  const { store } = source
  const trained = await trainClassifier(source, store, {
    ...options,
    ...headFileOf(options),
    everyEpoch: options.plot !== undefined,
    signal,
    onSplits({ note, unlabeled }) {
      if (note !== undefined) output.note(note)
      reportUnlabeled(output, store.name, unlabeled)
    },
    onProgress: (done, of, what) => output.advance(done, of, what),
  })
  output.end()
  await writeHead(options.out, trained.bytes, signal)
  const epochs = trained.epochs.map(({ trainingLoss, loss, top1 }, index) => ({
    epoch: index + 1,
    values: { 'training loss': trainingLoss, 'validation loss': loss, 'validation top-1': top1 },
  }))
  await writeCurve(options.plot, `${trained.method} on ${basename(store.name)}`, epochs, trained.epoch)
  reportClassifier(output, options, trained)
  output.note(`Next: dinokit classify IMAGE --head ${options.out}`)
}
