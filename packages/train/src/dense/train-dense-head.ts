import { assertNotAborted, DinokitError, type Tensor } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import type { HeadOutput } from '@dinokit/head-kit'
import type { GraphBuilder, Value } from '@dinokit/onnx'
import { createTrainer, type SessionMaker, type TrainerState } from '../step/create-trainer.ts'
import { gradientLoss, sigLoss } from './depth-losses.ts'
import type { DenseBatch, DenseExamples } from './dense-examples.ts'
import { DEPTH_BINS, decodeHeadOutput, tokenRows } from './dense-predictor.ts'
import type { HeadModel } from '../classifiers/head-model.ts'
import { cacheExamples } from './cache-examples.ts'
import { scalar } from '../step/scalar.ts'
import { l1Loss, softCrossEntropy } from '../step/losses.ts'
import { initialTensors, writeNetwork, type NetworkStep } from '../step/network.ts'
import { adamW } from '../step/optimizers.ts'
import { cosineSchedule, warmUp, type Schedule } from '../step/schedules.ts'
import { trainingStep, type TrainingStep } from '../step/training-step.ts'

/** Progress of a training. */
export interface TrainingProgress {
  /** Number of the epoch among `epochs`, counted from 1. */
  readonly epoch: number
  readonly epochs: number
  /** Number of the step among those of all epochs. */
  readonly step: number
  readonly steps: number
  /** Loss of the last step. */
  readonly loss: number
  /** Remaining time, estimated from the average step. */
  readonly secondsLeft: number
}

/** Options of {@link trainDenseHead}. */
export interface DenseTrainingOptions {
  /** Answer of the head. Depth: `log` is one channel, `bins` an expectation over 256. */
  readonly output: HeadOutput
  /** `linear`: BatchNorm, 1x1. `convolution`: 1x1, 3x3, 1x1 with BatchNorm and ReLU between. Or steps of your own. */
  readonly network?: 'linear' | 'convolution' | readonly NetworkStep[]
  /** Width of what the 3x3 of the convolutional network makes; it is made of half as many channels. Default 128. */
  readonly hidden?: number
  /** Times that every example is seen. Default 15. */
  readonly epochs?: number
  /** Images of one step. Default 8. */
  readonly batch?: number
  /** The highest, after the warm-up of half an epoch. Default 1e-3. */
  readonly learningRate?: number
  /** Default 1e-4 (ADE20K linear, arXiv 2304.07193). */
  readonly weightDecay?: number
  /** Seed of the first tensors and of the order of examples. Default 0. */
  readonly seed?: number
  /**
   * Bytes of examples that are kept in memory, tokens in 16 bits, once they were read, so that later epochs need not read them. Default 1 GiB;
   * beside them two batches are held.
   */
  readonly cacheBytes?: number
  /** Take up a run where it stood. */
  readonly resume?: TrainerState
  /** Told after every step. */
  onProgress?(progress: TrainingProgress): void
  /** Told after every epoch, with its mean loss: evaluate the head, keep the state; return true to stop early. */
  onEpoch?(epoch: number, head: HeadModel, state: TrainerState, loss: number): Promise<boolean | undefined> | boolean | undefined
  readonly signal?: AbortSignal
}

/** Defaults of {@link DenseTrainingOptions}. */
export const DENSE_TRAINING_DEFAULTS = Object.freeze({
  network: 'linear',
  hidden: 128,
  epochs: 15,
  batch: 8,
  learningRate: 1e-3,
  weightDecay: 1e-4,
  seed: 0,
  cacheBytes: 2 ** 30,
}) satisfies Omit<DenseTrainingOptions, 'output'>

/** Result of the training of a head. */
export interface DenseTraining {
  readonly head: HeadModel
  /** Mean loss of every epoch. */
  readonly losses: readonly number[]
  readonly state: TrainerState
}

/**
 * Trains a segmentation or depth head on frozen patch tokens, with AdamW, a short warm-up and a cosine. The loss is on the
 * grid of patches: cross-entropy with each patch’s share of classes; L1 of log depth; or, for bins, SigLoss and half the
 * gradient loss, as Meta trained its linear heads.
 *
 * @param runtime - makes sessions
 * @param examples - to train on
 * @param width - classes, or 1 for depth: the targets’ last dimension
 * @param options - network, length, rates, callbacks
 * @throws DinokitError `invalid-option` where there is nothing to train on, `training-diverged`, `aborted`
 */
export async function trainDenseHead(
  runtime: SessionMaker,
  examples: DenseExamples,
  width: number,
  options: DenseTrainingOptions,
): Promise<DenseTraining> {
  const { epochs, batch, learningRate, weightDecay, seed, cacheBytes } = { ...DENSE_TRAINING_DEFAULTS, ...options }
  if (examples.count === 0) throw new DinokitError('invalid-option', 'There are no examples to train on.', { given: '0 examples' })
  const steps = networkSteps(options, width)
  const read = cacheExamples(examples, cacheBytes)
  const step = denseStep(examples, { width, steps, output: options.output }, seed)
  const each = Math.ceil(examples.count / batch)
  const rise = Math.ceil(each / 2)
  const rate: Schedule = warmUp(cosineSchedule(learningRate, 0, epochs * each - rise), rise, 0.1)
  await using trainer = await createTrainer(runtime, step, options.signal ? { signal: options.signal } : {})
  if (options.resume) trainer.resume(options.resume)
  const model = (): HeadModel => ({ steps, output: options.output, tensors: networkTensors(trainer.state, step) })
  const losses: number[] = []
  const [started, first] = [performance.now(), trainer.state.steps]

  const indices = Array.from({ length: examples.count }, (_, index) => index)
  for (let epoch = Math.floor(first / each); epoch < epochs; epoch++) {
    const order = createRandom(seed, epoch).shuffle(indices)
    let sum = 0
    const from = trainer.state.steps - epoch * each
    const readAhead = (index: number): Promise<DenseBatch> => {
      const reading = read(order.slice(index * batch, (index + 1) * batch))
      // Where a step fails meanwhile, nobody waits for it.
      reading.catch(() => {})
      return reading
    }
    let next = readAhead(from)
    for (let index = from; index < each; index++) {
      assertNotAborted(options.signal)
      const { tokens, targets } = await next
      const done = trainer.state.steps
      const step = trainer.step({ tokens, targets }, { learningRate: rate(done), weightDecay })
      if (index + 1 < each) next = readAhead(index + 1)
      const { loss } = await step
      sum += loss
      const pace = (performance.now() - started) / (done + 1 - first) / 1000
      options.onProgress?.({
        epoch: epoch + 1,
        epochs,
        step: done + 1,
        steps: epochs * each,
        loss,
        secondsLeft: pace * (epochs * each - done - 1),
      })
    }
    const loss = sum / (each - from)
    losses.push(loss)
    if (await options.onEpoch?.(epoch + 1, model(), trainer.state, loss)) break
  }
  return { head: model(), losses, state: trainer.state }
}

function networkSteps({ network = 'linear', hidden = 128, output }: DenseTrainingOptions, width: number): readonly NetworkStep[] {
  if (typeof network !== 'string') return network
  const out = output.kind === 'bins' ? DEPTH_BINS : width
  if (network === 'linear') return [{ kind: 'batchnorm' }, { kind: 'convolution', out, kernel: 1 }]
  return [
    { kind: 'convolution', out: Math.ceil(hidden / 2), kernel: 1 },
    { kind: 'batchnorm' },
    { kind: 'relu' },
    { kind: 'convolution', out: hidden, kernel: 3 },
    { kind: 'batchnorm' },
    { kind: 'relu' },
    { kind: 'convolution', out, kernel: 1 },
  ]
}

/** Network of a dense head, and what its last step says. */
interface DenseNetwork {
  /** Last dimension of the targets. */
  readonly width: number
  readonly steps: readonly NetworkStep[]
  readonly output: HeadOutput
}

function denseStep({ channels, grid }: DenseExamples, { width, steps, output }: DenseNetwork, seed: number): TrainingStep {
  return trainingStep({
    name: 'dense head',
    ...initialTensors(steps, channels, seed),
    optimizer: adamW(),
    decayed: (_, shape) => shape.length > 1,
    forward({ g, values }) {
      const rows = tokenRows(g, channels, grid, 'float16')
      const targets = g.apply('Reshape', [g.input('targets', 'float32', ['batch', grid[0] * grid[1], width]), g.integers(-1, width)])
      const { y, buffers } = writeNetwork(g, rows, { steps, values }, { maps: { channels, grid }, training: true })
      return { loss: lossOf(g, y, targets, { output, grid }), buffers }
    },
  })
}

/** Output of a network, and rows and columns of its maps. */
interface DenseOutput {
  readonly output: HeadOutput
  readonly grid: readonly [number, number]
}

function lossOf(g: GraphBuilder, y: Value, targets: Value, { output, grid }: DenseOutput): Value {
  if (output.kind === 'classes') return softCrossEntropy(g, y, targets)
  const known = g.apply('Cast', [g.apply('Greater', [targets, scalar(g, 0)])], { to: 1 })
  if (output.kind === 'log') return l1Loss(g, y, g.apply('Log', [g.apply('Max', [targets, scalar(g, output.min)])]), known)
  const map = (value: Value): Value => g.apply('Reshape', [value, g.integers(-1, ...grid)])
  const [depth, meters, mask] = [map(decodeHeadOutput(g, y, output)), map(targets), map(known)]
  const smooth = g.apply('Mul', [gradientLoss(g, depth, meters, { mask, size: grid }), scalar(g, 0.5)])
  return g.apply('Add', [sigLoss(g, depth, meters, mask), smooth])
}

/** The network’s tensors of a state, without what the optimizer keeps. */
function networkTensors({ tensors }: TrainerState, step: TrainingStep): Record<string, Tensor> {
  return Object.fromEntries(Object.keys(step.initial).flatMap((name) => (name.includes('/') ? [] : [[name, tensors[name]!]])))
}
