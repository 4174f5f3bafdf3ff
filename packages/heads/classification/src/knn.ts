import { assertFingerprint, DinokitError, tensor, type Fingerprint, type Head, type Tensor } from '@dinokit/core'
import type { ClassInfo } from '@dinokit/head-kit'
import { assertTop, CLASSIFY_DEFAULTS, type Classification, type ClassifyOptions } from './classification.ts'
import { rank } from './lib/rank.ts'

/** Options of {@link knn}. */
export interface KnnOptions {
  /** Vectors of labeled images, such as `tokens.embedding`: [images][dim]. */
  readonly embeddings: Tensor
  /** The class of each, as a place in `classes`. */
  readonly labels: readonly number[]
  readonly classes: readonly ClassInfo[]
  /** Fingerprint of the embeddings: a model of another fingerprint is refused. */
  readonly fingerprint?: Fingerprint
  /** Number of neighbors that vote. Default 20. */
  readonly k?: number
  /** Temperature of the votes: exp(cosine / temperature). Default 0.07. */
  readonly temperature?: number
}

/** Defaults of {@link KnnOptions}. */
export const KNN_DEFAULTS = Object.freeze({ k: 20, temperature: 0.07 }) satisfies Partial<KnnOptions>

/**
 * Says what is in an image by its nearest neighbors among labeled ones: L2-normalized embeddings, k neighbors by
 * cosine, each with a vote of exp(cosine / temperature) for its class (facebookresearch/dinov2, eval/knn.py). The `logits`
 * of the answer are the sums of votes, divided by their total.
 *
 * @param options - labeled embeddings, k, temperature
 * @throws DinokitError `invalid-option`, `tensor-invalid` where embeddings, labels and classes do not fit together
 */
export function knn(options: KnnOptions): Head<ClassifyOptions, Classification> {
  const { embeddings, classes, fingerprint, k, temperature } = { ...KNN_DEFAULTS, ...options }
  const dim = embeddings.shape[1]!
  assertKnn(options, k, temperature)
  return {
    contract: 1,
    name: 'knn',
    incompatibility: ({ architecture, embedding }) => {
      const width = embedding === 'class-and-mean' ? 2 * architecture.dim : architecture.dim
      return width === dim ? undefined : `its embeddings are ${dim} wide, and the model’s are ${width}.`
    },
    async attach(host) {
      if (fingerprint)
        for (const note of assertFingerprint('The head knn', fingerprint, host.fingerprint, host)) host.onNote?.(`knn: ${note}`)
      // Few pages have this head.
      const { neighborVotes } = await import('./lib/neighbor-votes.ts')
      const votesFor = neighborVotes({ ...options, k, temperature })
      return {
        needs: {},
        answer({ embedding }, { top = CLASSIFY_DEFAULTS.top }) {
          assertTop(top)
          const shares = votesFor(embedding.data)
          return { classes: rank(shares, classes, top), logits: tensor('float32', Float32Array.from(shares), [shares.length]) }
        },
      }
    },
  }
}

function assertKnn({ embeddings, labels, classes }: KnnOptions, k: number, temperature: number): void {
  const count = embeddings.shape[0]!
  if (embeddings.shape.length !== 2 || count < 1 || labels.length !== count) {
    throw new DinokitError(
      'tensor-invalid',
      `There are ${labels.length} labels for embeddings of shape [${embeddings.shape.join(', ')}].`,
      {
        given: `${labels.length} labels`,
        expected: 'embeddings [images][dim], and a label for each',
      },
    )
  }
  const wrong = labels.find((label) => !Number.isInteger(label) || label < 0 || label >= classes.length)
  if (wrong !== undefined) {
    throw new DinokitError('invalid-option', `The label ${wrong} has no name.`, {
      given: String(wrong),
      expected: `0 to ${classes.length - 1}`,
    })
  }
  if (!Number.isInteger(k) || k < 1 || !(temperature > 0)) {
    throw new DinokitError('invalid-option', `k is ${k}, the temperature ${temperature}.`, {
      expected: 'k of at least 1, a temperature above 0',
    })
  }
}
