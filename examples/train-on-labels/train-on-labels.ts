import { DinokitError, stackBytes, tensor, type DecodeOptions, type Runtime, type Tensor } from '@dinokit/core'
import {
  adamW,
  assertEnd,
  classificationMetrics,
  classifyByNeighbors,
  classTokenExamples,
  cosineSchedule,
  createClassTokenSession,
  createTrainer,
  crossEntropy,
  DISTILL_DEFAULTS,
  initialTensors,
  largestChannels,
  randomResizedCrops,
  STUDENT_PREFIX,
  trainableVit,
  trainingStep,
  trainOnCrops,
  warmUp,
  withoutMaskToken,
  withoutPrefix,
  withPrefix,
  writeNetwork,
  type ClassificationExamples,
  type CropTrainingOptions,
  type DistillRecipe,
  type LabeledImage,
  type NetworkStep,
  type RunEnd,
  type Student,
  type TrainerState,
  type TrainingStep,
} from '@dinokit/train'

/** Score of the network after a number of steps: shares that are right. */
export interface LabelScore {
  readonly step: number
  /** Nearest neighbor by class tokens: each test image among those trained on. */
  readonly knn: number
  /** The network’s own classifier on the test images, and on those trained on. */
  readonly top1: number
  readonly trainTop1: number
}

/** Options of {@link trainOnLabels}: the recipe is `distill`’s, so that the two can be compared. */
export interface LabelTrainingOptions<Source>
  extends DistillRecipe, Omit<CropTrainingOptions<LabeledImage<Source>>, 'evaluate' | 'from' | 'save'> {
  /** Told at the beginning, every `evaluateMinutes`, and at the end. */
  readonly onScore?: (score: LabelScore) => void
}

/** The images of a training on labels. */
export interface LabeledSplits<Source> {
  readonly train: readonly LabeledImage<Source>[]
  readonly test: readonly LabeledImage<Source>[]
}

/**
 * Trains a network and a linear classifier of its class token by cross-entropy, on random crops of labeled images.
 *
 * @param runtime - decodes images, makes sessions
 * @param start - what the network begins as
 * @param splits - images to train on, and to evaluate on
 * @param options - recipe, how long, what is told
 * @throws DinokitError `size-invalid`, `label-invalid`, and those of `trainOnCrops`
 */
export async function trainOnLabels<Source>(
  runtime: Pick<Runtime<Source>, 'decodeImage' | 'createSession'>,
  start: Student,
  { train, test }: LabeledSplits<Source>,
  options: LabelTrainingOptions<Source>,
): Promise<RunEnd & { readonly student: Student }> {
  const { onScore, ...running } = options
  const recipe = { ...DISTILL_DEFAULTS, ...options }
  assertEnd(options)
  const classes = [...new Set(train.map(({ label }) => label))].sort()
  await using trainer = await createTrainer(runtime, labelStep(start, classes.length, recipe))
  await using session = await createClassTokenSession(runtime, start.card)
  const trained = ({ tensors }: TrainerState): Student => {
    const now = Object.entries(start.tensors).map(([name, begun]) => [name, tensors[STUDENT_PREFIX + name] ?? begun] as const)
    return { ...start, tensors: Object.fromEntries(now) }
  }
  const evaluate = async (network: Student, step: number): Promise<void> => {
    const known = await classTokenExamples(runtime, { ...network, session }, train, { classes })
    const asked = await classTokenExamples(runtime, { ...network, session }, test, { classes })
    const top1 = (of: ClassificationExamples, found: ArrayLike<number>): number =>
      classificationMetrics(found, of.labels, classes.length).top1
    const own = (of: ClassificationExamples): number => top1(of, classify(trainer.state.tensors, of))
    onScore?.({ step, knn: top1(asked, classifyByNeighbors(known, asked, { k: 1 })), top1: own(asked), trainTop1: own(known) })
  }
  const fall = cosineSchedule(recipe.learningRate, 0, 1 - recipe.warmUp)
  const rate = recipe.warmUp > 0 ? warmUp(fall, recipe.warmUp, 0.1) : fall
  const labeled = { decodeImage: ({ source }: LabeledImage<Source>, said?: DecodeOptions) => runtime.decodeImage(source, said) }
  const end = await trainOnCrops(
    labeled,
    trainer,
    {
      sources: train,
      crops: randomResizedCrops({ size: recipe.size, scale: recipe.scale }),
      seed: recipe.seed,
      batch: recipe.batch,
      rates: (share) => ({ learningRate: rate(share), weightDecay: recipe.weightDecay }),
      feeds: ({ crops, sources }) => ({
        pixels: stackBytes(crops.map(({ global }) => global[0]!.pixels)),
        labels: tensor(
          'int64',
          BigInt64Array.from(sources, ({ label }) => BigInt(classes.indexOf(label))),
          [sources.length],
        ),
      }),
      trained,
    },
    { ...running, evaluate },
  )
  return { ...end, student: trained(trainer.state) }
}

function labelStep({ card, tensors }: Student, classes: number, recipe: Required<DistillRecipe>): TrainingStep {
  const { size, batch, accumulate, clip, seed } = recipe
  const { dim, patch } = card.architecture
  if (!Number.isInteger(size / patch)) {
    throw new DinokitError('size-invalid', `Crops of ${size}x${size} don’t divide into patches of ${patch}x${patch}.`, { given: `${size}` })
  }
  const classifier: readonly NetworkStep[] = [{ kind: 'linear', out: classes }]
  return trainingStep({
    name: 'labels',
    parameters: { ...withPrefix(STUDENT_PREFIX, withoutMaskToken(tensors)), ...initialTensors(classifier, dim, seed).parameters },
    optimizer: adamW(),
    accumulate,
    clip: { norm: clip },
    decayed: (name, shape) => shape.length > 1 && !name.endsWith('bias'),
    forward({ g, values }) {
      const pixels = g.input('pixels', 'uint8', [batch, size, size, 3])
      const labels = g.input('labels', 'int64', [batch])
      const { cls } = trainableVit(g, card, withoutPrefix(STUDENT_PREFIX, values)).tokens(pixels, [size, size])
      return { loss: crossEntropy(g, writeNetwork(g, cls, { steps: classifier, values }, { training: true }).y, labels, { classes }) }
    },
  })
}

/** The class whose row of the classifier gives the most. */
function classify(tensors: Readonly<Record<string, Tensor>>, { dim, classes, labels, cls }: ClassificationExamples): Uint8Array {
  const [weight, bias] = [tensors['network.0.weight']!.data, tensors['network.0.bias']!.data]
  const logits = Float32Array.from({ length: labels.length * classes.length }, (_, index) => {
    const [example, of] = [Math.floor(index / classes.length), index % classes.length]
    return cls.subarray(example * dim, (example + 1) * dim).reduce((sum, value, i) => sum + value * weight[of * dim + i]!, bias[of]!)
  })
  return largestChannels(logits, classes.length)
}
