import { crossValidate, withMirrored, type Fold, type HeadModel, type Candidate } from '@dinokit/train'
import { DinokitError } from '@dinokit/core'
import { Option, type Command } from 'commander'
import { basename } from 'node:path'
import { CLASSIFIER_METHODS, type ClassifierChoice, type ClassifierMethod } from '@dinokit/train/stored'
import {
  FOLDED,
  FOLDS,
  readClassificationSplits,
  type ClassificationSplits,
  type ClassificationSplitOptions,
} from '../../input/classification-splits.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { withTrainingSource, type TrainingSource } from '../../input/open-training.ts'
import { parseCount, parseFolds, parseLayers } from '../../options/parse-options.ts'
import { reporting } from '../../output/reporting.ts'
import { trainingOptions } from '../../options/training-options.ts'
import { writeCurve } from '../../output/write-curve.ts'
import { headBytes, roundMetrics, writeHead } from '../../output/write-head.ts'

interface TrainClassifyOptions extends ClassificationSplitOptions {
  readonly balanced: boolean
  readonly hidden?: number
}

/** `dinokit train classify` */
export function addTrainClassifyCommand(train: Command, context: (command: Command) => CommandContext): void {
  const command = train.command('classify').summary('Classifier').description('Train a classifier on the CLS tokens and labels of a store.')
  trainingOptions(command, 'classify.safetensors')
    .addOption(
      new Option(
        '--method <method>',
        'sweep: linear, by 13 learning rates side by side; logistic: regression with 45 penalties; mlp: one hidden layer (default: logistic without a validation split, else sweep)',
      ).choices(Object.keys(CLASSIFIER_METHODS)),
    )
    .addOption(
      new Option(
        '--folds <n>',
        `cross-validate by so many parts of the rows to train on (default: ${FOLDS}, without a validation split; not for sweep)`,
      )
        .argParser(parseFolds)
        .conflicts(['validation', 'patience']),
    )
    .addOption(new Option('--layers <list>', 'CLS tokens of these layers (default: all layers of the store)').argParser(parseLayers))
    .addOption(new Option('--hidden <n>', 'width of the hidden layer (mlp; default: 256)').argParser(parseCount))
    .option('--flip', 'also train on flipped images (the store needs `index --flip`)', false)
    .option('--balanced', 'weight images so that every class counts the same', false)
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit index photos/ --store photos.store --labels-from-folders --mean-patch-token --layers 9,10,11
  $ dinokit train classify --store photos.store --out my-head.safetensors
  $ dinokit classify photo.jpg --head my-head.safetensors

What is best on the validation rows is kept. Without a split for them, or where it lacks a class, up to ${FOLDED} rows are cross-validated: each fifth is
evaluated by a classifier trained on the others, and what is best on all is then fitted to all. With more rows, for the sweep, or with
--validation 0.2, a share is held back instead; what is best on it is fitted to all rows too, unless --patience chose an epoch.`,
    )
    .action(async (options: TrainClassifyOptions) => {
      if (options.method === 'logistic' && (options.plot ?? options.patience) !== undefined)
        command.error('error: logistic regression has no epochs: --plot and --patience are for sweep and mlp.')
      if (options.method !== 'mlp' && options.hidden !== undefined) command.error('error: --hidden is for --method mlp.')
      await reporting(context(command), options.store, () =>
        withTrainingSource(context(command), options, (source) => trainClassifier(source, options, context(command))),
      )
    })
}

async function trainClassifier(source: TrainingSource, options: TrainClassifyOptions, context: CommandContext): Promise<void> {
  const { output, signal } = context
  const data = await readClassificationSplits(source, options, signal)
  if (data.note !== undefined) output.note(data.note)
  if (data.unlabeled > 0) output.failure(source.store.name, withoutLabel(data.unlabeled))
  const dropped = new Set<string>()
  const { layers: kept, method: name, splits } = data
  const method = CLASSIFIER_METHODS[name]({
    ...options,
    runtime: source.runtime,
    layers: options.layers ? kept.length : 1,
    everyEpoch: options.plot !== undefined,
    onDropped: (words) => dropped.add(words),
    signal,
  })
  const { best, head: model } = await choose(method, data, options, context)
  output.end()
  const { choice, top1, loss } = best
  const { mean, ...chosen } = choice
  const metrics = { top1, loss }
  const layers = kept.slice(-choice.layers)
  const head = {
    task: 'classification' as const,
    layers,
    tokens: mean ? (['cls', 'mean'] as const) : (['cls'] as const),
    classes: data.train.classes,
    trainedOn: data.trainedOn,
    card: {
      data: `${source.store.name}${splits.train === undefined ? '' : `, split ${splits.train}`}`,
      splits: { ...data.counts, of: splits },
      metrics: roundMetrics(metrics),
      measured: data.measured,
      method: name,
      ...(options.flip && { flip: true }),
      chosen,
    },
  }
  await writeHead(options.out, headBytes(source, model, head, options), signal)
  const curve = best.epochs ?? []
  const epoch = options.patience === undefined ? undefined : curve.findIndex((of) => of.top1 === top1 && of.loss === loss) + 1
  await writeCurve(
    options.plot,
    `${name} on ${basename(source.store.name)}`,
    curve.map(({ trainingLoss, ...evaluated }, index) => ({
      epoch: index + 1,
      values: { 'training loss': trainingLoss, 'validation loss': evaluated.loss, 'validation top-1': evaluated.top1 },
    })),
    epoch,
  )
  const said = {
    out: options.out,
    classes: data.train.classes.length,
    ...data.counts,
    layers,
    tokens: head.tokens,
    method: name,
    ...metrics,
    chosen,
    ...(data.note !== undefined && { note: data.note }),
  }
  const words = [...Object.entries(chosen), ...(epoch === undefined ? [] : [['epoch', epoch]])].map(
    ([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toPrecision(3)) : String(value)}`,
  )
  const lost = dropped.size === 0 ? '' : `\n  ${dropped.size} candidates diverged and were dropped: ${[...dropped].join('; ')}`
  output.report(
    options.store,
    { ...said, ...(epoch !== undefined && { epoch, epochs: curve.length }), ...(dropped.size > 0 && { dropped: [...dropped] }) },
    `${options.store} -> ${options.out}  ${name}: top-1 ${(100 * top1).toFixed(1)} % ${data.of} (${words.join(', ')})${lost}`,
  )
  output.note(`Next: dinokit classify IMAGE --head ${options.out}`)
}

async function choose(
  method: ClassifierMethod,
  { train, validation, all, folds }: ClassificationSplits,
  { seed }: TrainClassifyOptions,
  { output }: CommandContext,
): Promise<{ readonly best: Candidate<ClassifierChoice>; readonly head: HeadModel }> {
  if (!validation) {
    const explore = async (part: Fold): Promise<readonly Candidate<ClassifierChoice>[]> => {
      const { tried } = await method.explore(withMirrored(part.train), part.validation, (done, of, what) =>
        output.advance(part.fold * of + done, part.folds * of, what),
      )
      return tried
    }
    const best = method.choose(await crossValidate(train, explore, { seed, ...(folds !== undefined && { folds }) }))
    return { best, head: await method.fit(withMirrored(train), best.choice) }
  }
  const { tried, head } = await method.explore(withMirrored(train), validation, (done, of, what) => output.advance(done, of, what))
  const [best] = tried
  return { best: best!, head: all ? await method.fit(withMirrored(all), best!.choice) : head }
}

function withoutLabel(count: number): DinokitError {
  return new DinokitError('label-invalid', `${count} rows have no label and were left out.`, {
    given: `${count} rows`,
    expected: 'a label for every image',
    hint: 'Index them again with --labels or --labels-from-folders.',
  })
}
