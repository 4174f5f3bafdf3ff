import { decodeText, DinokitError } from '@dinokit/core'
import type { HeadOutput } from '@dinokit/head-kit'
import { DENSE_TRAINING_DEFAULTS, trainDenseHead, type DenseTraining, type HeadModel } from '@dinokit/train'
import { Option, type Command } from 'commander'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import {
  depthTarget,
  segmentationTarget,
  splitByShare,
  storedDenseExamples,
  type AnnotatedRow,
  type DenseInput,
  storedLayers,
} from '@dinokit/train/stored'
import { annotationOptions, type AnnotationOptions } from '../../options/annotation-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { describeMetrics, evaluateDense } from '../../run/evaluate-dense.ts'
import { splitsOf, withTrainingSource, type Splits, type TrainingSource } from '../../input/open-training.ts'
import { parseCount, parseLayers, parseNumber, parseWhole } from '../../options/parse-options.ts'
import { reporting } from '../../output/reporting.ts'
import { openAnnotations, type StoreAnnotations, type Survey, type SurveyedRow } from '../../input/survey-annotations.ts'
import { trainingCheckpoint } from '../../run/training-checkpoint.ts'
import { trainingOptions, type TrainingOptions } from '../../options/training-options.ts'
import { watchEpochs, type DenseMetrics, type EpochWatch } from '../../run/watch-epochs.ts'
import { headBytes, roundMetrics, writeHead, type TrainedHead } from '../../output/write-head.ts'

interface TrainDenseOptions extends TrainingOptions, AnnotationOptions {
  readonly input: keyof typeof INPUTS
  readonly flip: boolean
  readonly network: 'linear' | 'convolution'
  readonly hidden: number
  readonly learningRate: number
  readonly epochs: number
  readonly batch: number
  /** Megabytes. */
  readonly cacheMb: number
  readonly resume: boolean
  readonly classes?: string
  readonly output?: 'log' | 'bins'
}

type Task = 'segmentation' | 'depth'

/** What a head looks at: the part that stores keep of it, and what head files call it. */
const INPUTS = {
  tokens: { part: 'patches', tokens: ['patches'] },
  attention: { part: 'classAttention', tokens: ['attention'] },
} as const

/** `dinokit train segment` and `dinokit train depth` */
export function addTrainDenseCommands(train: Command, context: (command: Command) => CommandContext): void {
  const segment = denseCommand(train, 'segmentation', context)
  segment
    .option('--classes <file>', 'class names, one per line, in the order of their label values')
    .addHelpText('after', helpOf('segment', '--annotations label-maps/'))
  denseCommand(train, 'depth', context)
    .addOption(new Option('--output <kind>', 'what the last layer predicts').choices(['log', 'bins']).default('log'))
    .addHelpText('after', helpOf('depth', '--annotations depth-maps/'))
}

function denseCommand(train: Command, task: Task, context: (command: Command) => CommandContext): Command {
  const name = task === 'segmentation' ? 'segment' : 'depth'
  const what = task === 'segmentation' ? 'label maps' : 'depth maps'
  const command = train
    .command(name)
    .summary(`${task[0]!.toUpperCase()}${task.slice(1)} head`)
    .description(`Train a ${task} head on the patch tokens of a store, with ${what} of the images’ size.`)
  annotationOptions(trainingOptions(command, `${name}.safetensors`), task)
    .addOption(
      new Option('--network <kind>', 'linear: BatchNorm and 1x1; convolution: 1x1, 3x3, 1x1 with BatchNorm')
        .choices(['linear', 'convolution'])
        .default(DENSE_TRAINING_DEFAULTS.network),
    )
    .addOption(
      new Option('--input <what>', 'patch tokens, or CLS-to-patch attention of each attention head')
        .choices(Object.keys(INPUTS))
        .default('tokens'),
    )
    .option('--flip', 'also train on flipped images (the store needs `index --flip`)', false)
    .addOption(new Option('--layers <list>', 'layers to use (default: all layers of the store)').argParser(parseLayers))
    .addOption(
      new Option('--hidden <n>', 'channels of the 3x3 convolution (the 1x1 before it has half)')
        .argParser(parseCount)
        .default(DENSE_TRAINING_DEFAULTS.hidden),
    )
    .addOption(
      new Option('--learning-rate <rate>', 'peak learning rate').argParser(parseNumber).default(DENSE_TRAINING_DEFAULTS.learningRate),
    )
    .addOption(new Option('--cache-mb <n>', 'cache size in MB for patches and annotations').argParser(parseWhole).default(1024))
    .addOption(new Option('--resume', 'continue an interrupted training with the same options').default(false))
    .action(async (options: TrainDenseOptions) => {
      const { epochs, batch } = { ...DENSE_TRAINING_DEFAULTS, ...options }
      await reporting(context(command), options.store, () =>
        withTrainingSource(context(command), options, (source) =>
          trainDense(task, source, { ...options, epochs, batch }, context(command)),
        ),
      )
    })
  return command
}

function helpOf(name: string, annotations: string): string {
  return `
Examples:
  $ dinokit index rooms/ --store rooms.store --patches --layers 3,6,9 --size 448x336 --float16
  $ dinokit train ${name} --store rooms.store ${annotations} --network convolution --out my-head.safetensors
  $ dinokit ${name} photo.jpg --head my-head.safetensors

Every epoch is kept beside the head file, with the ending .training, until the training has ended: --resume goes on from there.`
}

async function trainDense(task: Task, source: TrainingSource, options: TrainDenseOptions, context: CommandContext): Promise<void> {
  const { output, signal } = context
  const { store, depth } = source
  const names = options.classes === undefined ? undefined : await readNames(options.classes)
  const splits = await splitsOf(store, options)
  const annotations = await openAnnotations(store, task, options, context)
  const survey = await annotations.survey(splits.train, names?.length)
  const classes = names ?? classNames(task, survey)
  const { train, validation } = await partsOf(survey, splits, annotations, classes.length, options)
  const { part, tokens } = INPUTS[options.input]
  const layers = options.layers ?? storedLayers(store.layout, part, depth)
  if (layers.length === 0) throw withoutInput(store.name, part)
  const answer = outputOf(task, survey, annotations, options)
  const width = task === 'depth' ? 1 : classes.length
  const examples = storedDenseExamples(store, {
    rows: train,
    part,
    flip: options.flip,
    layers,
    depth,
    width,
    target: async (row, grid) =>
      task === 'depth'
        ? depthTarget(await annotations.read(row), row.placement, grid)
        : segmentationTarget(await annotations.read(row), row.placement, grid, { classes: width, ignore: annotations.ignore }),
  })
  const input = { layers, tokens }
  const described: TrainedHead = {
    task,
    ...input,
    ...(task === 'segmentation' && { classes }),
    trainedOn: train.map(({ hash }) => hash),
    card: {
      data: `${store.name}${splits.train === undefined ? '' : `, split ${splits.train}`}`,
      splits: { train: train.length, validation: validation.length, of: splits },
      network: options.network,
      ...(options.flip && { flip: true }),
      learningRate: options.learningRate,
      ...(task === 'segmentation' && { ignore: [...annotations.ignore] }),
    },
  }
  const evaluate = async (model: HeadModel): Promise<DenseMetrics> => {
    const weights = headBytes(source, model, described, options)
    const metrics = await evaluateDense(source, annotations, { task, weights, input, rows: validation, classes: classes.length }, context)
    output.end()
    return metrics
  }
  const watch = watchEpochs(options, evaluate)
  const { patience, plot } = options
  const identity = { task, part, flip: options.flip, layers, rows: idsHash(train), patience, watched: (patience ?? plot) !== undefined }
  const { losses, head: last } = await run(source, examples, width, answer, options, context, identity, watch)
  output.end()
  const kept = watch.kept()
  const model = kept ? { ...last, tensors: kept.tensors } : last
  const metrics = kept?.metrics ?? (await evaluate(model))
  const epochs = kept?.epoch ?? options.epochs
  const card = {
    ...described.card,
    epochs,
    metrics: roundMetrics({ ...metrics }),
    measured: 'on the validation rows, at the size of the images',
  }
  await writeHead(options.out, headBytes(source, model, { ...described, card }, options), signal)
  await watch.draw(`${task} head on ${basename(store.name)}`)
  await trainingCheckpoint(options.out, {}).remove()
  output.report(
    options.store,
    {
      out: options.out,
      train: train.length,
      validation: validation.length,
      ...annotations.leftOut(),
      layers,
      losses,
      epoch: epochs,
      ...metrics,
    },
    `${options.store} -> ${options.out}  ${describeMetrics(metrics)}, of ${validation.length} held back, after epoch ${epochs}`,
  )
  output.note(`Next: dinokit ${task === 'segmentation' ? 'segment' : 'depth'} IMAGE --head ${options.out}`)
}

/** What tells one training from another, beside its options. */
interface RunIdentity {
  readonly task: Task
  readonly part: DenseInput
  readonly flip: boolean
  readonly layers: readonly number[]
  readonly patience: number | undefined
  /** Whether epochs are evaluated. */
  readonly watched: boolean
  /** Hash of the ids of its rows. */
  readonly rows: string
}

async function run(
  { runtime, store }: TrainingSource,
  examples: ReturnType<typeof storedDenseExamples>,
  width: number,
  answer: HeadOutput,
  { network, hidden, learningRate, epochs, batch, seed, cacheMb, resume, out }: TrainDenseOptions,
  { output, signal }: CommandContext,
  identity: RunIdentity,
  watch: EpochWatch,
): Promise<DenseTraining> {
  const settings = { network, hidden, learningRate, epochs, batch, seed }
  const { fingerprint } = store.layout
  const checkpoint = trainingCheckpoint(out, { ...identity, ...settings, width, answer, fingerprint })
  const saved = resume ? await checkpoint.load() : undefined
  if (saved) watch.restore(saved.watched)
  return trainDenseHead(runtime, examples, width, {
    ...settings,
    cacheBytes: cacheMb * 2 ** 20,
    output: answer,
    signal,
    ...(saved && { resume: saved.state }),
    onProgress: ({ step, steps }) => output.advance(step, steps, 'steps'),
    onEpoch: async (epoch, model, state, loss) => {
      output.report(store.name, { epoch, epochs, loss }, `  epoch ${epoch} of ${epochs}: loss ${loss.toFixed(4)}`)
      const stop = await watch.onEpoch(epoch, model, loss)
      // The last epoch is seen once more rather than one after it, should the head not be written.
      if (!stop) await checkpoint.save({ state, watched: watch.watched() })
      return stop
    },
  })
}

async function partsOf(
  survey: Survey,
  { validation }: Splits,
  annotations: StoreAnnotations,
  classes: number,
  { seed }: TrainDenseOptions,
): Promise<{ readonly train: readonly SurveyedRow[]; readonly validation: readonly SurveyedRow[] }> {
  if (typeof validation === 'string')
    return { train: survey.rows, validation: (await annotations.survey(validation, classes || undefined)).rows }
  const { rest, held } = splitByShare(new Uint8Array(survey.rows.length), validation, seed)
  if (held.length === 0) {
    throw new DinokitError('label-invalid', 'One image can’t be used for both training and evaluation.', {
      given: '1 annotated image',
      expected: 'two or more',
    })
  }
  return { train: rest.map((index) => survey.rows[index]!), validation: held.map((index) => survey.rows[index]!) }
}

function classNames(task: Task, { classes, range }: Survey): string[] {
  if (task === 'depth') return []
  if (classes.size > 1) return Array.from({ length: range[1] + 1 }, (_, index) => `class ${index}`)
  throw new DinokitError('label-invalid', `The label maps name one class only, ${[...classes].join('')}.`, {
    given: [...classes].join(''),
    expected: 'two classes or more',
  })
}

function outputOf(task: Task, { range }: Survey, { ignore }: StoreAnnotations, { output = 'log' }: TrainDenseOptions): HeadOutput {
  if (task === 'segmentation') return { kind: 'classes', ...(ignore.size > 0 && { ignore: [...ignore][0]! }) }
  const [near, far] = range
  return { kind: output, min: near, max: far > near ? far : near * 2 }
}

async function readNames(path: string): Promise<string[]> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new DinokitError('file-not-found', `The classes ${path} can’t be read.`, { given: path, expected: 'a text file', cause })
  })
  const names = decodeText(path, bytes, 'label-invalid')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean)
  if (names.length > 1) return names
  throw new DinokitError('label-invalid', `${path} names ${names.length} classes.`, {
    given: names.join(),
    expected: 'two or more, one a line',
  })
}

function idsHash(rows: readonly AnnotatedRow[]): string {
  return createHash('sha256')
    .update(rows.map(({ id }) => id).join('\n'))
    .digest('hex')
}

function withoutInput(name: string, part: DenseInput): DinokitError {
  return new DinokitError('tensor-missing', `The store ${name} holds no ${part === 'patches' ? 'patches' : 'attention of class tokens'}.`, {
    given: name,
    expected: `a store of \`dinokit index ${part === 'patches' ? '--patches' : '--class-attention'}\``,
  })
}
