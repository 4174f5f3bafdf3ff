import { assertNotAborted, type Tensor } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import type { GraphBuilder, Value } from '@dinokit/onnx'
import { assertExamples, type ClassificationExamples, type FeatureChoice } from './classification-examples.ts'
import { createTrainer, type SessionMaker } from '../step/create-trainer.ts'
import { earlyStopping } from './early-stopping.ts'
import type { HeadModel } from './head-model.ts'
import { compareEvaluations, type EpochEvaluation } from './evaluation.ts'
import { classificationBatches } from './fit/classification-batches.ts'
import { total } from '../step/scalar.ts'
import { candidateLosses, createEvaluator, declareInputs, type ClassificationInputs } from './fit/side-by-side.ts'
import { initialTensors, writeNetwork, type NetworkStep } from '../step/network.ts'
import { adamW } from '../step/optimizers.ts'
import { cosineSchedule } from '../step/schedules.ts'
import type { TrainingProgress } from '../dense/train-dense-head.ts'
import { trainingStep } from '../step/training-step.ts'

/** Options of {@link trainMlp}. */
export interface MlpOptions {
  /** Default: the last layer’s class token. */
  readonly features?: FeatureChoice
  /** Width of the hidden layer. Default 256. */
  readonly hidden?: number
  /** Times that every example is seen. Default 60. */
  readonly epochs?: number
  /** Default 64. */
  readonly batch?: number
  /** The highest; it falls to 0 by a cosine. Default 1e-3. */
  readonly learningRate?: number
  /** Weight decay of the weights, not of the biases. Default 0.1. */
  readonly weightDecay?: number
  /** Weigh examples so that every class counts the same. Default false. */
  readonly balanced?: boolean
  /** Stop after so many epochs without a better one; the best is kept. Default: never; the last is kept. */
  readonly patience?: number
  /** Seed of the first weights and the order of examples. Default 0. */
  readonly seed?: number
  /** Told after every step. */
  onProgress?(progress: TrainingProgress): void
  readonly signal?: AbortSignal
}

/** Defaults of {@link MlpOptions}. */
export const MLP_DEFAULTS = Object.freeze({
  features: Object.freeze({ layers: 1, mean: false }),
  hidden: 256,
  epochs: 60,
  batch: 64,
  learningRate: 1e-3,
  weightDecay: 0.1,
  balanced: false,
  seed: 0,
}) satisfies MlpOptions

/** Result of {@link trainMlp}. */
export interface MlpTraining {
  readonly head: HeadModel
  /** On the validation split, after the epoch that was kept. */
  readonly kept: EpochEvaluation
  /** After every epoch. */
  readonly epochs: readonly EpochEvaluation[]
}

/** Where it stands after an epoch. */
interface Standing {
  readonly tensors: Readonly<Record<string, Tensor>>
  readonly evaluation: EpochEvaluation
}

/**
 * Trains a small multilayer perceptron on stored tokens: one hidden layer with ReLU, by AdamW and a cosine.
 *
 * @param runtime - makes sessions
 * @param train - to train on
 * @param validation - to evaluate every epoch by
 * @param options - features, width, length, patience
 * @throws DinokitError `invalid-option`, `tensor-invalid` for examples that can’t be trained on, `training-diverged`, `aborted`
 */
export async function trainMlp(
  runtime: SessionMaker,
  train: ClassificationExamples,
  validation: ClassificationExamples,
  options: MlpOptions = {},
): Promise<MlpTraining> {
  const settings = { ...MLP_DEFAULTS, ...options }
  const { features, hidden, epochs, batch, learningRate, weightDecay, balanced, patience, seed, signal } = settings
  assertExamples(train, 'training')
  assertExamples(validation, 'validation')
  const classes = train.classes.length
  const batches = classificationBatches(train, [features], balanced)
  const steps: readonly NetworkStep[] = [{ kind: 'linear', out: hidden }, { kind: 'relu' }, { kind: 'linear', out: classes }]
  const write = (g: GraphBuilder, { x }: ClassificationInputs, values: Readonly<Record<string, Value>>): Value =>
    g.apply('Unsqueeze', [writeNetwork(g, x[0]!, { steps, values }, { training: true }).y, g.integers(0)])
  const { parameters } = initialTensors(steps, batches.widths[0]!, seed)
  const step = trainingStep({
    name: 'mlp',
    parameters,
    optimizer: adamW(),
    decayed: (_, shape) => shape.length > 1,
    forward({ g, values }) {
      const inputs = declareInputs(g, batches.widths)
      return { loss: total(g, candidateLosses(g, write(g, inputs, values), inputs, classes)) }
    },
  })
  const running = { ...(signal && { signal }) }
  await using trainer = await createTrainer(runtime, step, running)
  const shapes = Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, shape]))
  const held = classificationBatches(validation, [features])
  await using evaluator = await createEvaluator(
    runtime,
    { batches: held, shapes, classes, write: (...given) => [write(...given)] },
    running,
  )
  const each = Math.ceil(batches.count / batch)
  const rate = cosineSchedule(learningRate, 0, epochs * each)
  const stopping = earlyStopping<Standing>(patience ?? Infinity, (a, b) => compareEvaluations(a.evaluation, b.evaluation))
  const curve: EpochEvaluation[] = []
  let last: Standing | undefined
  const started = performance.now()
  const indices = Array.from({ length: batches.count }, (_, index) => index)
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = createRandom(seed, epoch).shuffle(indices)
    let sum = 0
    for (let start = 0; start < batches.count; start += batch) {
      assertNotAborted(signal)
      const done = trainer.state.steps
      const { loss } = await trainer.step(batches.read(order.slice(start, start + batch)), { learningRate: rate(done), weightDecay })
      sum += loss
      const secondsLeft = ((performance.now() - started) / 1000 / (done + 1)) * (epochs * each - done - 1)
      options.onProgress?.({ epoch: epoch + 1, epochs, step: done + 1, steps: epochs * each, loss, secondsLeft })
    }
    const { tensors } = trainer.state
    const [found] = await evaluator.evaluate(tensors)
    last = { tensors, evaluation: { ...found!, trainingLoss: sum / each } }
    curve.push(last.evaluation)
    if (stopping.add(last)) break
  }
  const kept = patience === undefined ? last! : stopping.best!
  const tensors = Object.fromEntries(Object.keys(parameters).map((name) => [name, kept.tensors[name]!]))
  return { head: { steps, output: { kind: 'classes' }, tensors }, kept: kept.evaluation, epochs: curve }
}
