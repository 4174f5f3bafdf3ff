import { DinokitError, tensor, type Head, type Tensor } from '@dinokit/core'
import { defaultWeights, loadHead, describeNeeds, openWeights, type ClassInfo, type HeadFile, type HeadWeights } from '@dinokit/head-kit'
import { applySteps } from './lib/apply-steps.ts'
import { featuresOf } from './lib/features-of.ts'
import { namesFor } from './lib/names-for.ts'
import { recognizeLinear } from './lib/recognize-linear.ts'
import { rank, type ScoredClass } from './lib/rank.ts'

/** Options of {@link classification}. */
export interface ClassificationOptions {
  /**
   * `imagenet-linear` or `imagenet-linear4`: Meta's heads for the opened DINOv2 backbone, downloaded once. `imagenet`: the
   * embedded model's own. Or a file: any linear head as safetensors or .pth, or a head file of dinokit's. Default: the
   * model's own, or `imagenet-linear4`.
   */
  readonly weights?: HeadWeights
  /** Names of the classes in the order of the logits. Default: the file's; ImageNet's of the heads that were published for it; else their numbers. */
  readonly classes?: readonly ClassInfo[]
}

/** Options of one call. */
export interface ClassifyOptions {
  /** Number of classes to name. Default 5. */
  readonly top?: number
}

/** Classes of an image. */
export interface Classification {
  /** The likeliest classes, the likeliest first. */
  readonly classes: readonly ScoredClass[]
  /** [classes] */
  readonly logits: Tensor
}

/** Defaults of {@link ClassifyOptions}. */
export const CLASSIFY_DEFAULTS: Required<ClassifyOptions> = Object.freeze({ top: 5 })

/**
 * Says what is in an image: a linear head, or a small network, on the class token, several layers' class tokens, and the
 * mean of the patches (facebookresearch/dinov2, eval/linear.py). A plain function of the tokens.
 *
 * @param options - weights, names
 */
export function classification(options: ClassificationOptions = {}): Head<ClassifyOptions, Classification> {
  return {
    contract: 1,
    name: 'classification',
    async attach(host) {
      const { file, name } = await openWeights(host, 'classification', options.weights ?? defaultWeights(host, 'classification'))
      let head: HeadFile
      try {
        head = await loadHead(host, 'classification', file, (_, tensors) => recognizeLinear(host.card, file.name, tensors))
      } finally {
        await file.close()
      }
      const { input } = head.description
      const apply = applySteps(head)
      const classes = await namesFor(host, { file: file.name, ...(name !== undefined && { name }) }, head, options.classes)
      return {
        needs: describeNeeds(input, host.card.architecture.depth),
        answer(tokens, { top = CLASSIFY_DEFAULTS.top }) {
          assertTop(top)
          const logits = apply(featuresOf(input, tokens))
          return { classes: rank(softmax(logits), classes, top), logits: tensor('float32', logits, [logits.length]) }
        },
      }
    },
  }
}

/**
 * Refuses an invalid number of classes.
 *
 * @param top - as given
 * @throws DinokitError `invalid-option`
 */
export function assertTop(top: number): void {
  if (Number.isInteger(top) && top >= 1) return
  throw new DinokitError('invalid-option', `The option top is ${top}.`, { given: String(top), expected: 'a whole number of at least 1' })
}

function softmax(logits: Float32Array): Float64Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity)
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - largest))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => power / sum)
}
