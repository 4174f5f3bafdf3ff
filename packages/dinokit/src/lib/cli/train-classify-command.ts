import { fitLogistic, sweepClassifiers, type ClassificationExamples, type FeatureChoice, type HeadModel } from '@dinokit/train'
import { DinokitError } from '@dinokit/core'
import { Option, type Command } from 'commander'
import { readClassification, type StoredClassification } from '../training/read-classification.ts'
import { assertEveryClass, splitByShare, takeExamples } from '../training/split-examples.ts'
import type { CommandContext } from './command-context.ts'
import { splitsOf, withTrainingSource, type Splits, type TrainingSource } from './open-training.ts'
import { parseLayers } from './parse-options.ts'
import { reporting } from './reporting.ts'
import { trainingOptions, type TrainingOptions } from './training-options.ts'
import { headBytes, roundMetrics, writeHead } from './write-head.ts'

interface TrainClassifyOptions extends TrainingOptions {
  readonly method: 'sweep' | 'logistic'
  readonly balanced: boolean
}

/** `dinokit train classify` */
export function addTrainClassifyCommand(train: Command, context: (command: Command) => CommandContext): void {
  const command = train
    .command('classify')
    .summary('a classifier')
    .description('Trains a classifier on the class tokens of a store, with its labels.')
  trainingOptions(command, 'classify.safetensors')
    .addOption(
      new Option('--method <method>', 'sweep: linear, by 13 learning rates side by side; logistic: regression with 45 penalties')
        .choices(['sweep', 'logistic'])
        .default('sweep'),
    )
    .addOption(new Option('--layers <list>', 'class tokens of these layers (default: all of the store)').argParser(parseLayers))
    .option('--balanced', 'weigh pictures so that every class counts the same (sweep)', false)
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit index photos/ --store photos.store --labels-from-folders --patch-mean --layers 9,10,11
  $ dinokit train classify --store photos.store --out my-head.safetensors
  $ dinokit classify photo.jpg --head my-head.safetensors

What is best on the validation rows is kept. Where these are a share of the rows to train on, it is then fitted to all of them.`,
    )
    .action(async (options: TrainClassifyOptions) => {
      const { output, signal } = context(command)
      await reporting(context(command), options.store, () =>
        withTrainingSource(context(command), options, async (source) => {
          const data = await readSplits(source, options, signal)
          const fit = options.method === 'sweep' ? sweep : logistic
          const { model, choice, metrics, chosen, dropped } = await fit(source, data, options, context(command))
          output.end()
          const layers = data.layers.slice(-choice.layers)
          const splits = { train: data.train.labels.length, validation: data.validation.labels.length }
          const head = {
            task: 'classification' as const,
            layers,
            tokens: choice.mean ? (['cls', 'mean'] as const) : (['cls'] as const),
            classes: data.train.classes,
            card: {
              data: `${source.store.name}${data.splits.train === undefined ? '' : `, split ${data.splits.train}`}`,
              splits: { ...splits, of: data.splits },
              metrics: roundMetrics(metrics),
              measured: `on the validation rows${data.all ? ', before it was fitted to them too' : ''}`,
              method: options.method,
              chosen,
            },
          }
          await writeHead(options.out, headBytes(source, model, head, options), signal)
          if (data.unlabelled > 0) output.failure(source.store.name, withoutLabel(data.unlabelled))
          const said = { out: options.out, classes: data.train.classes.length, ...splits, layers, tokens: head.tokens, ...metrics, chosen }
          const words = Object.entries(chosen).map(([name, value]) => `${name} ${value}`)
          const lost = dropped.length === 0 ? '' : `\n  ${dropped.length} candidates diverged and were dropped: ${dropped.join('; ')}`
          output.result(
            options.store,
            { ...said, ...(dropped.length > 0 && { dropped }) },
            `${options.store} -> ${options.out}  top-1 ${(100 * metrics.top1).toFixed(1)} % of ${splits.validation} held back (${words.join(', ')})${lost}`,
          )
        }),
      )
    })
}

/** What is trained on and what is judged by. */
interface ClassificationSplits {
  readonly train: ClassificationExamples
  readonly validation: ClassificationExamples
  /** Both, where the one was a share of the other. */
  readonly all?: ClassificationExamples
  readonly layers: StoredClassification['layers']
  readonly unlabelled: number
  readonly splits: Splits
}

async function readSplits(source: TrainingSource, options: TrainClassifyOptions, signal: AbortSignal): Promise<ClassificationSplits> {
  const splits = await splitsOf(source.store, options)
  const common = { depth: source.depth, signal, ...(options.layers && { layers: options.layers }) }
  const read = await readClassification(source.store, { ...common, ...(splits.train !== undefined && { split: splits.train }) })
  const { examples, layers, unlabelled } = read
  if (examples.classes.length < 2) {
    throw new DinokitError('label-invalid', `All ${examples.labels.length} pictures are of one class, ${examples.classes[0]}.`, {
      given: examples.classes.join(', '),
      expected: 'two classes or more',
    })
  }
  const about = { layers, splits }
  if (typeof splits.validation === 'number') {
    const { rest, held } = splitByShare(examples.labels, splits.validation, options.seed)
    const [train, validation] = [takeExamples(examples, rest), takeExamples(examples, held)]
    assertEveryClass(validation, 'validation')
    return { ...about, train, validation, all: examples, unlabelled }
  }
  const held = await readClassification(source.store, { ...common, split: splits.validation, classes: examples.classes })
  assertEveryClass(held.examples, 'validation')
  return { ...about, train: examples, validation: held.examples, unlabelled: unlabelled + held.unlabelled }
}

/** A classifier, and how it was come by. */
interface Fitted {
  readonly model: HeadModel
  readonly choice: FeatureChoice
  readonly metrics: { readonly top1: number; readonly loss: number }
  readonly chosen: Readonly<Record<string, number>>
  /** Candidates that diverged. */
  readonly dropped: readonly string[]
}

async function sweep(
  { runtime }: TrainingSource,
  { train, validation, all }: ClassificationSplits,
  { seed, balanced, epochs, batch }: TrainClassifyOptions,
  { output, signal }: CommandContext,
): Promise<Fitted> {
  const dropped: string[] = []
  const options = {
    seed,
    balanced,
    signal,
    ...(epochs !== undefined && { epochs }),
    ...(batch !== undefined && { batch }),
    onProgress: ({ step, steps }: { readonly step: number; readonly steps: number }) => output.advance(step, steps, 'steps'),
  }
  const { head, best } = await sweepClassifiers(runtime, train, validation, {
    ...options,
    onDropped: ({ learningRate, layers, mean }) =>
      dropped.push(`learning rate ${learningRate}, ${layers} layers${mean ? ' and the mean' : ''}`),
  })
  const { layers, mean, learningRate } = best
  const choice = { layers, mean }
  const model = all
    ? (await sweepClassifiers(runtime, all, validation, { ...options, learningRates: [learningRate], features: [choice] })).head
    : head
  return { model, choice, metrics: { top1: best.top1!, loss: best.loss! }, chosen: { learningRate, layers }, dropped }
}

async function logistic(
  { runtime }: TrainingSource,
  { train, validation, all, layers }: ClassificationSplits,
  { layers: asked }: TrainClassifyOptions,
  { output, signal }: CommandContext,
): Promise<Fitted> {
  const features = { layers: asked ? layers.length : 1, mean: false }
  const onProgress = (done: number, of: number): void => output.advance(done, of, 'penalties')
  const { head, strength, tried } = await fitLogistic(runtime, train, validation, { features, onProgress, signal })
  const { top1, loss } = tried.find((one) => one.strength === strength)!
  const model = all ? (await fitLogistic(runtime, all, validation, { features, strengths: [strength], signal })).head : head
  return { model, choice: features, metrics: { top1, loss }, chosen: { strength, layers: features.layers }, dropped: [] }
}

function withoutLabel(count: number): DinokitError {
  return new DinokitError('label-invalid', `${count} rows have no label and were left out.`, {
    given: `${count} rows`,
    expected: 'a label for every picture',
    hint: 'Index them again with --labels or --labels-from-folders.',
  })
}
