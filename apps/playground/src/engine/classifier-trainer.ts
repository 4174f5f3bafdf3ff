import { fitLogistic, writeHeadModel, type ClassificationExamples } from '@dinokit/train'
import {
  assertNotAborted,
  classification,
  type ImageSource,
  type OnProgress,
  type Runtime,
  type ScoredClass,
  type Tokens,
  type Vision,
} from 'dinokit/browser'
import type { HeadInput } from '@dinokit/head-kit'
import type { TrainingSet, TrainedClassifier, ImageFile } from './protocol.ts'

/** Trainer of a classifier for classes that the user names, by a few images of each. */
export interface ClassifierTrainer {
  /**
   * Fits a linear classifier on the images' embeddings, which are kept for the next training, and puts it in place of the
   * last one.
   *
   * @throws DinokitError `invalid-option` where there are fewer than two classes
   */
  learn(
    trainingSet: TrainingSet,
    embed: (image: ImageFile) => Promise<Tokens>,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<TrainedClassifier>
  /** Whether a classifier was trained. */
  hasLearned(): boolean
  /** Its classes, the likeliest first; undefined before the first training. */
  answer(tokens: Tokens): Promise<readonly ScoredClass[] | undefined>
}

/** C of the logistic regression: with a handful of images there are none to choose it by. */
const STRENGTH = 1
/** All of them. */
const MOST_CLASSES = Number.MAX_SAFE_INTEGER

/** Starts with nothing learned. It ends with the vision. */
export function createClassifierTrainer(runtime: Runtime<ImageSource>, vision: Vision<ImageSource>): ClassifierTrainer {
  const used: Vision<ImageSource, Readonly<Record<string, ReturnType<typeof classification>>>> = vision
  const seen = new Map<string, Float32Array>()
  let trained = 0
  let open: string | undefined
  return {
    async learn({ classes }, embed, onProgress, signal) {
      const started = performance.now()
      const all = classes.flatMap(({ images }, label) => images.map((image) => ({ image, label })))
      const dim = vision.card.architecture.dim * inputOf(vision).tokens.length
      const cls = new Float32Array(all.length * dim)
      for (const [index, { image }] of all.entries()) {
        const token = seen.get(image.id) ?? (await embed(image)).embedding.data
        assertNotAborted(signal)
        seen.set(image.id, token)
        cls.set(token, index * dim)
        onProgress({ name: 'Learning', done: index + 1, total: all.length })
      }
      const names = classes.map(({ name }) => name)
      const examples: ClassificationExamples = { dim, classes: names, labels: Int32Array.from(all, ({ label }) => label), cls }
      const { head } = await fitLogistic(runtime, examples, examples, { strengths: [STRENGTH], signal })
      const bytes = writeHeadModel(head, describe(vision, names, all.length))
      const id = `own ${++trained}`
      await used.add({ [id]: classification({ weights: bytes }) })
      const before = open
      open = id
      if (before !== undefined) await used.remove(before)
      return { head: bytes, elapsed: performance.now() - started }
    },
    hasLearned: () => open !== undefined,
    answer: async (tokens) => (open === undefined ? undefined : (await used.heads[open]!(tokens, { top: MOST_CLASSES })).classes),
  }
}

function describe(vision: Vision<ImageSource>, names: readonly string[], images: number): Parameters<typeof writeHeadModel>[1] {
  const { crop } = vision.card.preprocessing
  const { dim } = vision.card.architecture
  return {
    task: 'classification',
    name: 'own-classes',
    backbone: { ...vision.fingerprint(crop), dim },
    input: inputOf(vision),
    classes: names.map((name) => ({ name })),
    card: {
      data: `${images} images of the user’s own`,
      method: `logistic regression, C ${STRENGTH}`,
      made: 'in the dinokit playground',
    },
  }
}

/** Tokens that the model's embedding is made of, as a head reads them. */
function inputOf({ card: { architecture, embedding = 'class' } }: Vision<ImageSource>): HeadInput {
  const tokens = embedding === 'class' || architecture.pooling === 'mean' ? ['cls'] : embedding === 'mean' ? ['mean'] : ['cls', 'mean']
  return { layers: [architecture.depth], norm: true, tokens: tokens as HeadInput['tokens'] }
}
