import { trainDepth, trainSegmentation, type DenseTask, type StoredDenseTrainingOptions } from '@dinokit/train/stored'
import { Option, type Command } from 'commander'
import { basename } from 'node:path'
import { openAnnotations, type AnnotationsInFiles } from '../../input/open-annotations.ts'
import { withTrainingSource, type TrainingSource } from '../../input/open-training.ts'
import { readNames } from '../../input/read-names.ts'
import { denseOptions, type DenseOptions } from '../../options/dense-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { describeMetrics, valuesOf } from '../../output/training/describe-dense.ts'
import { reporting } from '../../output/reporting.ts'
import { withoutCard } from '../../options/card-options.ts'
import { writeCurve } from '../../output/write-curve.ts'
import { headFileOf, writeHead } from '../../output/write-head.ts'
import { trainingCheckpoint } from '../../run/training-checkpoint.ts'

/** `dinokit train segment` and `dinokit train depth` */
export function addTrainDenseCommands(train: Command, context: (command: Command) => CommandContext): void {
  add(train, 'segmentation', context)
    .option('--classes <file>', 'class names, one per line, in the order of their label values')
    .addHelpText('after', helpOf('segment', '--annotations label-maps/'))
  add(train, 'depth', context)
    .addOption(new Option('--prediction <kind>', 'what the last layer predicts').choices(['log', 'bins']).default('log'))
    .addHelpText('after', helpOf('depth', '--annotations depth-maps/'))
}

function add(train: Command, task: DenseTask, context: (command: Command) => CommandContext): Command {
  const [name, what] = task === 'segmentation' ? ['segment', 'label maps'] : ['depth', 'depth maps']
  const command = train
    .command(name)
    .summary(`Train a ${task} head`)
    .description(`Train a ${task} head on the patch tokens of a store, with ${what} of the images’ size.`)
  return denseOptions(command, task).action(async (options: DenseOptions) => {
    await reporting(context(command), options.store, () =>
      withTrainingSource(context(command), options, (source) => runTraining(task, source, options, context(command))),
    )
  })
}

function helpOf(name: string, annotations: string): string {
  return `
Examples:
  $ dinokit index rooms/ --store rooms.store --patches --layers 3,6,9 --size 448x336 --float16
  $ dinokit train ${name} --store rooms.store ${annotations} --network convolution --out my-head.safetensors
  $ dinokit ${name} photo.jpg --head my-head.safetensors

Every epoch is kept beside the head file, with the ending .training, until the training has ended: --resume goes on from there.`
}

async function runTraining(task: DenseTask, source: TrainingSource, options: DenseOptions, context: CommandContext): Promise<void> {
  const { output, signal } = context
  const { store } = source
  const { out, plot, patience } = options
  const { classes: path, prediction, ...rest } = withoutCard(options)
  const classes = path === undefined ? undefined : await readNames(path)
  const annotations = await openAnnotations(store, task, options, output)
  const settings = { ...rest, ...settingsOf(options, annotations, context), signal }
  const { bytes, metrics, counts, layers, losses, epoch, stages } =
    task === 'depth'
      ? await trainDepth(source, store, { ...settings, ...(prediction && { output: prediction }) })
      : await trainSegmentation(source, store, { ...settings, ...(classes && { classes }) })
  output.end()
  await writeHead(out, bytes, signal)
  await writeCurve(plot, `${task} head on ${basename(store.name)}`, stages.map(valuesOf), patience === undefined ? undefined : epoch)
  await trainingCheckpoint(out).remove()
  output.report(
    options.store,
    { out, ...counts, ...annotations.leftOut(), layers, losses, epoch, ...metrics },
    `${options.store} -> ${out}  ${describeMetrics(metrics)}, of ${counts.validation} held back, after epoch ${epoch}`,
  )
  output.note(`Next: dinokit ${task === 'segmentation' ? 'segment' : 'depth'} IMAGE --head ${out}`)
}

function settingsOf(
  { store, out, name, cacheMb, plot, resume }: DenseOptions,
  annotations: AnnotationsInFiles,
  { output }: CommandContext,
): StoredDenseTrainingOptions {
  return {
    ...annotations,
    ...headFileOf({ out, ...(name !== undefined && { name }) }),
    cacheBytes: cacheMb * 2 ** 20,
    everyEpoch: plot !== undefined,
    onProgress: (done, of, what) => output.advance(done, of, what),
    onEpoch(epoch, epochs, loss) {
      output.report(store, { epoch, epochs, loss }, `  epoch ${epoch} of ${epochs}: loss ${loss.toFixed(4)}`)
    },
    checkpoint(run) {
      const kept = trainingCheckpoint(out, run)
      return { load: async () => (resume ? kept.load() : undefined), save: (training) => kept.save(training) }
    },
  }
}
