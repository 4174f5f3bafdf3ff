import { assertNotAborted, DinokitError, tensor, type Tensor } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import type { GraphBuilder, Value } from '@dinokit/onnx'
import { assertExamples, type ClassificationExamples, type FeatureChoice } from './classification-examples.ts'
import { createTrainer, type SessionMaker } from '../step/create-trainer.ts'
import { earlyStopping } from './early-stopping.ts'
import type { HeadModel } from './head-model.ts'
import { compareEvaluations, type EpochEvaluation, type Evaluation } from './evaluation.ts'
import { classificationBatches } from './fit/classification-batches.ts'
import { normal } from '../step/normal.ts'
import { scalar, total } from '../step/scalar.ts'
import { candidateLosses, createEvaluator, declareInputs, logitsOf, type ClassificationInputs } from './fit/side-by-side.ts'
import { sgd } from '../step/optimizers.ts'
import { cosineSchedule } from '../step/schedules.ts'
import type { TrainingProgress } from '../dense/train-dense-head.ts'
import { trainingStep } from '../step/training-step.ts'

/** Options of {@link sweepClassifiers}. */
export interface SweepOptions {
  /** Learning rates for a batch of 256. Default: the paper’s 13, from 1e-5 to 0.1. */
  readonly learningRates?: readonly number[]
  /** Features of the candidates. Default: {1, 4} layers x patch mean or not, as far as the examples have them. */
  readonly features?: readonly FeatureChoice[]
  /** Default 128. */
  readonly batch?: number
  /** Times that every example is seen. Default 100. */
  readonly epochs?: number
  /** Evaluate after every epoch, and stop after so many without a better candidate; what was best is kept. Default: never. */
  readonly patience?: number
  /** Evaluate after every epoch, for the candidates’ `epochs`. Default: only where there is patience. */
  readonly everyEpoch?: boolean
  /** Weigh examples so that every class counts the same. Default false. */
  readonly balanced?: boolean
  /** Seed of the first weights and the order of examples. Default 0. */
  readonly seed?: number
  /** Told after every step. */
  onProgress?(progress: TrainingProgress): void
  /** Told of a candidate whose loss was no finite number; the others go on. */
  onDropped?(candidate: SweepCandidate): void
  readonly signal?: AbortSignal
}

/** Defaults of {@link SweepOptions}. */
export const SWEEP_DEFAULTS = Object.freeze({
  learningRates: Object.freeze([1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1]),
  batch: 128,
  epochs: 100,
  balanced: false,
  seed: 0,
}) satisfies SweepOptions

/** One of the classifiers that are trained side by side. */
export interface SweepCandidate extends FeatureChoice {
  readonly learningRate: number
  /** Share of the validation split that it has right; undefined where it was dropped. */
  readonly top1?: number
  /** Mean cross-entropy on the validation split: what decides among equals. */
  readonly loss?: number
  /** Evaluation after every epoch, where that was asked for and it was not dropped. */
  readonly epochs?: readonly EpochEvaluation[]
}

/** A loss beyond this, or that is no number, will not come back. */
const DIVERGED = 1e30

/** Result of a sweep. */
export interface Sweep {
  /** The best on the validation split. */
  readonly head: HeadModel
  readonly best: SweepCandidate
  /** All of them, best first. */
  readonly candidates: readonly SweepCandidate[]
}

/** Where all candidates stand after an epoch. */
interface Standing {
  readonly evaluated: readonly (Evaluation | undefined)[]
  readonly tensors: Readonly<Record<string, Tensor>>
}

/**
 * The paper’s sweep of linear classifiers (arXiv 2304.07193, B.3; facebookresearch/dinov2, eval/linear.py): learning rates
 * x layers x patch mean or not, all trained side by side in one graph, each with its own learning rate, by SGD with
 * momentum and a cosine; the best on the validation split is kept.
 *
 * @param runtime - makes sessions
 * @param train - to train on
 * @param validation - to choose by
 * @param options - rates, features, length
 * @throws DinokitError `invalid-option`, `tensor-invalid` for examples that can’t be trained on, `training-diverged` where
 *   every candidate was dropped, `aborted`
 */
export async function sweepClassifiers(
  runtime: SessionMaker,
  train: ClassificationExamples,
  validation: ClassificationExamples,
  options: SweepOptions = {},
): Promise<Sweep> {
  const { learningRates, batch, epochs, balanced, seed, patience, signal } = { ...SWEEP_DEFAULTS, ...options }
  assertExamples(train, 'training')
  assertExamples(validation, 'validation')
  const choices = options.features ?? featureChoices(train)
  const [count, classes] = [train.labels.length, train.classes.length]
  const held = classificationBatches(validation, choices)
  const batches = classificationBatches(train, choices, balanced)
  const { widths } = batches
  const parameters = initialParameters({ widths, classes, rates: learningRates.length }, seed)
  const rates = tensor('float32', Float32Array.from(learningRates), [learningRates.length, 1, 1])
  const write = (g: GraphBuilder, inputs: ClassificationInputs, values: Readonly<Record<string, Value>>): Value[] =>
    widths.map((_, index) => logitsOf(g, inputs, values, index))
  const step = trainingStep({
    name: 'sweep',
    parameters,
    optimizer: sgd(),
    rate: () => rates,
    forward: ({ g, values }) => {
      const inputs = declareInputs(g, widths)
      const losses = write(g, inputs, values).map((logits) => candidateLosses(g, logits, inputs, classes))
      const finite = losses.map((loss) =>
        g.apply('Where', [g.apply('Less', [g.apply('Abs', [loss]), scalar(g, DIVERGED)]), loss, scalar(g, 0)]),
      )
      const sum = finite.map((loss) => total(g, loss)).reduce((a, b) => g.apply('Add', [a, b]))
      return { loss: sum, outputs: Object.fromEntries(losses.map((loss, index) => [`losses${index}`, loss])) }
    },
  })
  const running = { ...(signal && { signal }) }
  await using trainer = await createTrainer(runtime, step, { finiteGradients: false, ...running })
  const shapes = Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, shape]))
  await using evaluator = await createEvaluator(runtime, { batches: held, shapes, classes, write }, running)
  const [size, each] = [Math.min(batch, count), Math.ceil(count / batch)]
  const schedule = cosineSchedule(size / 256, 0, epochs * each)
  const candidateOf = (index: number): SweepCandidate => ({
    ...choices[Math.floor(index / learningRates.length)]!,
    learningRate: learningRates[index % learningRates.length]!,
  })
  const dropped = new Set<number>()
  const curves: EpochEvaluation[][] = Array.from({ length: choices.length * learningRates.length }, () => [])
  const stand = async (): Promise<Standing> => {
    const { tensors } = trainer.state
    return { tensors, evaluated: (await evaluator.evaluate(tensors)).map((found, index) => (dropped.has(index) ? undefined : found)) }
  }
  const stopping = earlyStopping<Standing>(patience ?? Infinity, (a, b) => compareMaybe(bestOf(a), bestOf(b)))
  const started = performance.now()
  const indices = Array.from({ length: count }, (_, index) => index)
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = createRandom(seed, epoch).shuffle(indices)
    const sums = new Float64Array(curves.length)
    for (let start = 0; start < count; start += batch) {
      assertNotAborted(signal)
      const done = trainer.state.steps
      const { loss, outputs } = await trainer.step(batches.read(order.slice(start, start + batch)), { learningRate: schedule(done) })
      choices.forEach((_, choice) =>
        outputs[`losses${choice}`]!.data.forEach((value, rate) => {
          const index = choice * learningRates.length + rate
          sums[index]! += value
          if (value < DIVERGED || dropped.has(index)) return
          dropped.add(index)
          options.onDropped?.(candidateOf(index))
        }),
      )
      const secondsLeft = ((performance.now() - started) / 1000 / (done + 1)) * (epochs * each - done - 1)
      options.onProgress?.({ epoch: epoch + 1, epochs, step: done + 1, steps: epochs * each, loss, secondsLeft })
    }
    if (patience === undefined && !options.everyEpoch) continue
    const standing = await stand()
    standing.evaluated.forEach((found, index) => found && curves[index]!.push({ ...found, trainingLoss: sums[index]! / each }))
    if (stopping.add(standing)) break
  }
  const { evaluated, tensors } = (patience === undefined ? undefined : stopping.best) ?? (await stand())
  const ranked = evaluated.map((found, index) => ({ index, found })).sort((a, b) => compareMaybe(a.found, b.found))
  const candidates = ranked.map(({ index, found }) => ({
    ...candidateOf(index),
    ...found,
    ...(found && curves[index]!.length > 0 && { epochs: curves[index]! }),
  }))
  if (candidates[0]!.top1 === undefined) {
    throw new DinokitError('training-diverged', 'Every candidate of the sweep diverged.', {
      given: `learning rates ${learningRates.join(', ')}`,
    })
  }
  return { head: headOf(tensors, ranked[0]!.index, { widths, classes, rates: learningRates.length }), best: candidates[0]!, candidates }
}

function bestOf({ evaluated }: Standing): Evaluation | undefined {
  return [...evaluated].sort(compareMaybe)[0]
}

/** Compares evaluations; dropped candidates come last. */
function compareMaybe(a: Evaluation | undefined, b: Evaluation | undefined): number {
  return a && b ? compareEvaluations(a, b) : Number(b !== undefined) - Number(a !== undefined)
}

/**
 * Lists what linear classifiers may look at: one layer or four, without the mean of the patches and with it, as far as examples have them.
 *
 * @param examples - to be trained on
 */
export function featureChoices({ dim, labels, cls, mean }: ClassificationExamples): FeatureChoice[] {
  const kept = cls.length / labels.length / dim
  return [1, 4]
    .filter((layers) => layers <= kept)
    .flatMap((layers) => (mean ? [false, true] : [false]).map((also) => ({ layers, mean: also })))
}

/** Lengths of what all candidates are trained as. */
interface CandidateSizes {
  /** Width of each choice of features. */
  readonly widths: readonly number[]
  readonly classes: number
  /** Number of learning rates. */
  readonly rates: number
}

/** The same for every learning rate. */
function initialParameters({ widths, classes, rates }: CandidateSizes, seed: number): Record<string, Tensor> {
  const random = createRandom(seed)
  const parameters: Record<string, Tensor> = {}
  widths.forEach((width, index) => {
    const one = Float32Array.from({ length: width * classes }, () => 0.01 * normal(random))
    const all = new Float32Array(rates * one.length)
    for (let rate = 0; rate < rates; rate++) all.set(one, rate * one.length)
    parameters[`weight${index}`] = tensor('float32', all, [rates, width, classes])
    parameters[`bias${index}`] = tensor('float32', new Float32Array(rates * classes), [rates, 1, classes])
  })
  return parameters
}

function headOf(tensors: Readonly<Record<string, Tensor>>, index: number, { widths, classes, rates }: CandidateSizes): HeadModel {
  const [choice, rate] = [Math.floor(index / rates), index % rates]
  const width = widths[choice]!
  const stored = tensors[`weight${choice}`]!.data.subarray(rate * width * classes, (rate + 1) * width * classes)
  const weight = Float32Array.from({ length: stored.length }, (_, i) => stored[(i % width) * classes + Math.floor(i / width)]!)
  const bias = tensors[`bias${choice}`]!.data.slice(rate * classes, (rate + 1) * classes)
  return {
    steps: [{ kind: 'linear', out: classes }],
    output: { kind: 'classes' },
    tensors: { 'network.0.weight': tensor('float32', weight, [classes, width]), 'network.0.bias': tensor('float32', bias, [classes]) },
  }
}
