import { assertNotAborted, DinokitError, tensor, type AnyTensor, type Session, type Tensor } from '@dinokit/core'
import { createGraphBuilder, encodeModel, type GraphBuilder, type Value } from '@dinokit/onnx'
import { assertExamples, featuresOf, type ClassificationExamples, type FeatureChoice } from './classification-examples.ts'
import { createTrainer, type SessionMaker } from './create-trainer.ts'
import type { HeadModel } from './head-model.ts'
import { createRandom, shuffled } from './lib/random.ts'
import { scalar, total } from './lib/scalar.ts'
import { sgd } from './optimizers.ts'
import { cosineSchedule } from './schedules.ts'
import type { TrainingProgress } from './train-dense-head.ts'
import { trainingStep } from './training-step.ts'

/** Options of {@link sweepClassifiers}. */
export interface SweepOptions {
  /** Learning rates for a batch of 256. Default: the paper’s 13, from 1e-5 to 0.1. */
  readonly learningRates?: readonly number[]
  /** What candidates look at. Default: {1, 4} layers x patch mean or not, as far as the examples have them. */
  readonly features?: readonly FeatureChoice[]
  /** Default 128. */
  readonly batch?: number
  /** Times that every example is seen. Default 100. */
  readonly epochs?: number
  /** Weigh examples so that every class counts the same. Default false. */
  readonly balanced?: boolean
  /** Of the first weights and the order of examples. Default 0. */
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
}

/** A loss beyond this, or that is no number, will not come back. */
const DIVERGED = 1e30

/** What a sweep gives. */
export interface Sweep {
  /** The best on the validation split. */
  readonly head: HeadModel
  readonly best: SweepCandidate
  /** All of them, best first. */
  readonly candidates: readonly SweepCandidate[]
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
  const { learningRates, batch, epochs, balanced, seed, signal } = { ...SWEEP_DEFAULTS, ...options }
  assertExamples(train, 'training')
  assertExamples(validation, 'validation')
  const choices = options.features ?? defaultChoices(train)
  const [count, classes] = [train.labels.length, train.classes.length]
  const widths = choices.map((choice) => featuresOf(validation, choice).width)
  const random = createRandom(seed)
  const parameters: Record<string, Tensor> = {}
  widths.forEach((width, index) => {
    const one = Float32Array.from({ length: width * classes }, () => 0.01 * normal(random))
    const all = new Float32Array(learningRates.length * one.length)
    learningRates.forEach((_, rate) => all.set(one, rate * one.length))
    parameters[`weight${index}`] = tensor('float32', all, [learningRates.length, width, classes])
    parameters[`bias${index}`] = tensor('float32', new Float32Array(learningRates.length * classes), [learningRates.length, 1, classes])
  })
  const rates = tensor('float32', Float32Array.from(learningRates), [learningRates.length, 1, 1])
  const step = trainingStep({
    name: 'sweep',
    parameters,
    optimizer: sgd(),
    rate: () => rates,
    forward: ({ g, values }) => {
      const inputs = declareInputs(g, widths)
      const losses = widths.map((_, index) => candidateLosses(g, logitsOf(g, inputs, values, index), inputs, classes))
      const finite = losses.map((loss) =>
        g.apply('Where', [g.apply('Less', [g.apply('Abs', [loss]), scalar(g, DIVERGED)]), loss, scalar(g, 0)]),
      )
      const sum = finite.map((loss) => total(g, loss)).reduce((a, b) => g.apply('Add', [a, b]))
      return { loss: sum, outputs: Object.fromEntries(losses.map((loss, index) => [`losses${index}`, loss])) }
    },
  })
  const features = choices.map((choice) => featuresOf(train, choice).data)
  const weights = balanced ? classWeights(train) : undefined
  const read = (indices: readonly number[], of: readonly Float32Array[], { labels }: ClassificationExamples): Record<string, AnyTensor> => {
    const rows = (data: Float32Array, width: number): Tensor => {
      const taken = new Float32Array(indices.length * width)
      indices.forEach((index, place) => taken.set(data.subarray(index * width, (index + 1) * width), place * width))
      return tensor('float32', taken, [indices.length, width])
    }
    return {
      ...Object.fromEntries(of.map((data, index) => [`x${index}`, rows(data, widths[index]!)])),
      labels: tensor(
        'int64',
        BigInt64Array.from(indices, (index) => BigInt(labels[index]!)),
        [indices.length],
      ),
      weights: tensor(
        'float32',
        Float32Array.from(indices, (index) => weights?.[labels[index]!] ?? 1),
        [indices.length],
      ),
    }
  }
  await using trainer = await createTrainer(runtime, step, { finiteGradients: false, ...(signal && { signal }) })
  const [size, each] = [Math.min(batch, count), Math.ceil(count / batch)]
  const schedule = cosineSchedule(size / 256, 0, epochs * each)
  const dropped = new Set<number>()
  const candidateOf = (index: number): SweepCandidate => ({
    ...choices[Math.floor(index / learningRates.length)]!,
    learningRate: learningRates[index % learningRates.length]!,
  })
  const started = performance.now()
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(count, createRandom(seed * 10_007 + epoch))
    for (let start = 0; start < count; start += batch) {
      assertNotAborted(signal)
      const done = trainer.state.steps
      const { loss, outputs } = await trainer.step(read(order.slice(start, start + batch), features, train), {
        learningRate: schedule(done),
      })
      choices.forEach((_, choice) =>
        outputs[`losses${choice}`]!.data.forEach((value, rate) => {
          const index = choice * learningRates.length + rate
          if (value < DIVERGED || dropped.has(index)) return
          dropped.add(index)
          options.onDropped?.(candidateOf(index))
        }),
      )
      const secondsLeft = ((performance.now() - started) / 1000 / (done + 1)) * (epochs * each - done - 1)
      options.onProgress?.({ epoch: epoch + 1, epochs, step: done + 1, steps: epochs * each, loss, secondsLeft })
    }
  }
  const judged = await judge(
    runtime,
    trainer.state.tensors,
    widths,
    classes,
    (indices) =>
      read(
        indices,
        choices.map((choice) => featuresOf(validation, choice).data),
        validation,
      ),
    validation.labels.length,
  )
  const indexed = judged.map((found, index) => ({ index, ...(!dropped.has(index) && found) }))
  const ranked = indexed.sort((a, b) => (b.top1 ?? -1) - (a.top1 ?? -1) || (a.loss ?? 0) - (b.loss ?? 0))
  const candidates = ranked.map(({ index, ...found }) => ({ ...candidateOf(index), ...found }))
  if (candidates[0]!.top1 === undefined) {
    throw new DinokitError('training-diverged', 'Every candidate of the sweep diverged.', {
      given: `learning rates ${learningRates.join(', ')}`,
    })
  }
  const { index } = ranked[0]!
  return { head: headOf(trainer.state.tensors, widths, classes, index, learningRates.length), best: candidates[0]!, candidates }
}

function defaultChoices({ dim, labels, cls, mean }: ClassificationExamples): FeatureChoice[] {
  const kept = cls.length / labels.length / dim
  return [1, 4]
    .filter((layers) => layers <= kept)
    .flatMap((layers) => (mean ? [false, true] : [false]).map((also) => ({ layers, mean: also })))
}

/** Inversely proportional to how often a class occurs; the mean over examples is 1. */
function classWeights({ labels, classes }: ClassificationExamples): number[] {
  const counts = classes.map((_, index) => labels.reduce((count, label) => count + Number(label === index), 0))
  const present = counts.filter((count) => count > 0).length
  return counts.map((count) => (count === 0 ? 0 : labels.length / (present * count)))
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

interface SweepInputs {
  readonly x: readonly Value[]
  readonly labels: Value
  readonly weights: Value
}

function declareInputs(g: GraphBuilder, widths: readonly number[]): SweepInputs {
  return {
    x: widths.map((width, index) => g.input(`x${index}`, 'float32', ['batch', width])),
    labels: g.input('labels', 'int64', ['batch']),
    weights: g.input('weights', 'float32', ['batch']),
  }
}

/** [candidates][batch][classes] of one choice of features. */
function logitsOf(g: GraphBuilder, { x }: SweepInputs, values: Readonly<Record<string, Value>>, index: number): Value {
  const batch = g.apply('Unsqueeze', [x[index]!, g.integers(0)])
  return g.apply('Add', [g.apply('MatMul', [batch, values[`weight${index}`]!]), values[`bias${index}`]!])
}

/** [batch][classes], 1 at each example’s class. */
function oneHot(g: GraphBuilder, { labels }: SweepInputs, classes: number): Value {
  const column = g.apply('Unsqueeze', [labels, g.integers(-1)])
  return g.apply('Cast', [g.apply('Equal', [column, g.integers(...Array(classes).keys())])], { to: 1 })
}

/** [candidates]: the mean cross-entropy of each. */
function candidateLosses(g: GraphBuilder, logits: Value, inputs: SweepInputs, classes: number): Value {
  const targets = g.apply('Mul', [oneHot(g, inputs, classes), g.apply('Unsqueeze', [inputs.weights, g.integers(-1)])])
  const picked = g.apply('Mul', [g.apply('LogSoftmax', [logits], { axis: -1 }), targets])
  return g.apply('Neg', [g.apply('Div', [g.apply('ReduceSum', [picked, g.integers(1, 2)], { keepdims: 0 }), total(g, inputs.weights)])])
}

/** How well each candidate does. */
async function judge(
  runtime: SessionMaker,
  tensors: Readonly<Record<string, Tensor>>,
  widths: readonly number[],
  classes: number,
  read: (indices: readonly number[]) => Record<string, AnyTensor>,
  count: number,
): Promise<{ readonly top1: number; readonly loss: number }[]> {
  const g = createGraphBuilder('judge')
  const inputs = declareInputs(g, widths)
  const values: Record<string, Value> = {}
  for (const [name, { shape }] of Object.entries(tensors)) if (!name.includes('/')) values[name] = g.input(name, 'float32', shape)
  widths.forEach((_, index) => {
    const logits = logitsOf(g, inputs, values, index)
    const own = g.apply('ReduceSum', [g.apply('Mul', [logits, oneHot(g, inputs, classes)]), g.integers(-1)], { keepdims: 0 })
    const best = g.apply('ReduceMax', [logits, g.integers(-1)], { keepdims: 0 })
    const right = g.apply('Cast', [g.apply('Equal', [own, best])], { to: 1 })
    g.output(`hits${index}`, g.apply('ReduceSum', [right, g.integers(1)], { keepdims: 0 }), 'float32', ['candidates'])
    const losses = g.apply('Mul', [candidateLosses(g, logits, inputs, classes), total(g, inputs.weights)])
    g.output(`losses${index}`, losses, 'float32', ['candidates'])
  })
  await using session: Session = await runtime.createSession(encodeModel(g.build()))
  const parameters = Object.fromEntries(Object.keys(values).map((name) => [name, tensors[name]!]))
  const sums: { hits: number; losses: number }[] = []
  for (let start = 0; start < count; start += JUDGED) {
    const indices = Array.from({ length: Math.min(JUDGED, count - start) }, (_, index) => start + index)
    const outputs = await session.run({ ...read(indices), ...parameters })
    const all = (name: string): number[] => widths.flatMap((_, index) => Array.from(outputs[`${name}${index}`]!.data as Float32Array))
    const [hits, losses] = [all('hits'), all('losses')]
    hits.forEach((hit, index) => {
      const sum = (sums[index] ??= { hits: 0, losses: 0 })
      sum.hits += hit
      sum.losses += losses[index]!
    })
  }
  return sums.map(({ hits, losses }) => ({ top1: hits / count, loss: losses / count }))
}

/** Examples that are judged at once. */
const JUDGED = 1024

function headOf(
  tensors: Readonly<Record<string, Tensor>>,
  widths: readonly number[],
  classes: number,
  index: number,
  rates: number,
): HeadModel {
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
