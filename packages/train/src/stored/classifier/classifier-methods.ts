import {
  compareEvaluations,
  featureChoices,
  fitLogistic,
  sweepClassifiers,
  trainMlp,
  selectByOneStandardError,
  type ClassificationExamples,
  type FeatureChoice,
  type HeadModel,
  type SessionMaker,
  type Candidate,
} from '../../index.ts'

/** A way to train a classifier: what it looks at, and numbers such as a learning rate. */
export type ClassifierChoice = FeatureChoice & {
  readonly learningRate?: number
  readonly strength?: number
  readonly hidden?: number
}

/** A way to come by a classifier. */
export interface ClassifierMethod {
  /**
   * Trains in every way that it knows, and evaluates each.
   *
   * @returns all ways, best first, and the best one’s head
   */
  explore(train: ClassificationExamples, validation: ClassificationExamples, onProgress: OnMethodProgress): Promise<Explored>
  /** Chooses among what was cross-validated. */
  choose(tried: readonly Candidate<ClassifierChoice>[]): Candidate<ClassifierChoice>
  /** Trains in one way. */
  fit(examples: ClassificationExamples, choice: ClassifierChoice): Promise<HeadModel>
}

/** Result of a {@link ClassifierMethod}. */
interface Explored {
  readonly tried: readonly Candidate<ClassifierChoice>[]
  readonly head: HeadModel
}

/** Told how far a training is: `done` of `of` steps or penalties. */
export type OnMethodProgress = (done: number, of: number, what: string) => void

/** Settings of the methods. */
export interface MethodSettings {
  readonly runtime: SessionMaker
  /** Number of layers whose class tokens logistic regression and the MLP read. */
  readonly layers: number
  /** Whether the mean of the patches always follows the class token, as in the embedding of the model. */
  readonly whole: boolean
  readonly seed: number
  readonly balanced: boolean
  readonly epochs?: number
  readonly batch?: number
  readonly hidden?: number
  readonly patience?: number
  /** Whether a curve of the epochs is wanted. */
  readonly everyEpoch: boolean
  /** Told of a way that diverged. */
  readonly onDropped: (words: string) => void
  readonly signal?: AbortSignal
}

/** The methods by the names that they are asked for by. */
export const CLASSIFIER_METHODS = Object.freeze({ sweep, logistic, mlp }) satisfies Readonly<
  Record<string, (settings: MethodSettings) => ClassifierMethod>
>

function sweep({
  runtime,
  whole,
  seed,
  balanced,
  epochs,
  batch,
  patience,
  everyEpoch,
  onDropped,
  signal,
}: MethodSettings): ClassifierMethod {
  const common = {
    seed,
    balanced,
    ...(signal && { signal }),
    ...(epochs !== undefined && { epochs }),
    ...(batch !== undefined && { batch }),
  }
  return {
    async explore(train, validation, onProgress) {
      const { head, candidates } = await sweepClassifiers(runtime, train, validation, {
        ...common,
        everyEpoch,
        ...(whole && { features: featureChoices(train).filter(({ mean }) => mean) }),
        ...(patience !== undefined && { patience }),
        onProgress: ({ step, steps }) => onProgress(step, steps, 'steps'),
        onDropped: ({ learningRate, layers, mean }) =>
          onDropped(`learning rate ${learningRate}, ${layers} layers${mean ? ' and the mean' : ''}`),
      })
      const tried = candidates.flatMap(({ learningRate, layers, mean, top1, loss, epochs: curve }) =>
        top1 === undefined ? [] : [{ choice: { learningRate, layers, mean }, top1, loss: loss!, ...(curve && { epochs: curve }) }],
      )
      return { tried, head }
    },
    choose: ([best]) => best!,
    fit: async (examples, { learningRate, layers, mean }) =>
      (await sweepClassifiers(runtime, examples, examples, { ...common, learningRates: [learningRate!], features: [{ layers, mean }] }))
        .head,
  }
}

function logistic({ runtime, whole, layers, balanced, signal }: MethodSettings): ClassifierMethod {
  const common = { balanced, ...(signal && { signal }) }
  return {
    async explore(train, validation, onProgress) {
      const choices = (whole ? [true] : train.mean ? [false, true] : [false]).map((mean) => ({ layers, mean }))
      const fits: Explored[] = []
      for (const [index, features] of choices.entries()) {
        const { head, tried } = await fitLogistic(runtime, train, validation, {
          ...common,
          features,
          onProgress: (done, of) => onProgress(index * of + done, choices.length * of, 'penalties'),
        })
        fits.push({
          head,
          tried: tried.map(({ strength, ...evaluated }) => ({ choice: { strength, ...features }, ...evaluated })).sort(compareEvaluations),
        })
      }
      const [best] = [...fits].sort((a, b) => compareEvaluations(a.tried[0]!, b.tried[0]!))
      return { head: best!.head, tried: fits.flatMap(({ tried }) => tried).sort(compareEvaluations) }
    },
    // Of two penalties, the stronger makes the simpler classifier.
    choose: (tried) => selectByOneStandardError(tried, (a, b) => (a.mean === b.mean ? a.strength! - b.strength! : 0)),
    fit: async (examples, { strength, layers: count, mean }) =>
      (await fitLogistic(runtime, examples, examples, { ...common, features: { layers: count, mean }, strengths: [strength!] })).head,
  }
}

function mlp({ runtime, whole, layers, seed, balanced, epochs, batch, hidden, patience, signal }: MethodSettings): ClassifierMethod {
  const features = { layers, mean: whole }
  const common = {
    features,
    seed,
    balanced,
    ...(signal && { signal }),
    ...(epochs !== undefined && { epochs }),
    ...(batch !== undefined && { batch }),
    ...(hidden !== undefined && { hidden }),
  }
  return {
    async explore(train, validation, onProgress) {
      const {
        head,
        kept,
        epochs: curve,
      } = await trainMlp(runtime, train, validation, {
        ...common,
        ...(patience !== undefined && { patience }),
        onProgress: ({ step, steps }) => onProgress(step, steps, 'steps'),
      })
      const choice = { ...features, hidden: head.tensors['network.0.bias']!.data.length }
      return { head, tried: [{ choice, top1: kept.top1, loss: kept.loss, epochs: curve }] }
    },
    choose: ([best]) => best!,
    fit: async (examples) => (await trainMlp(runtime, examples, examples, common)).head,
  }
}
