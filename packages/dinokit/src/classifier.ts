import { openTensorFile } from '@dinokit/checkpoint'
import { DinokitError, type Runtime, type Tokens } from '@dinokit/core'
import { TINY_ASSETS } from '@dinokit/model-tiny'

/** A class and how likely it is. */
export interface Classification {
  /** WordNet id, such as `n02123045`. */
  readonly wnid: string
  /** Names of the class, comma-separated. */
  readonly name: string
  /** 0 to 1; those of all the classes sum to 1. */
  readonly probability: number
}

/** Says what is in a picture, of the 1,000 classes of ImageNet. */
export interface Classifier {
  /**
   * The likeliest classes.
   *
   * @param tokens - of the model `tiny`
   * @param count - how many; default 5
   * @throws DinokitError `fingerprint-mismatch` for tokens of another model
   */
  classify(tokens: Tokens, count?: number): Classification[]
}

/**
 * Loads the ImageNet classifier that belongs to the embedded model: linear, on the class token.
 *
 * @param runtime - that finds its files
 * @throws DinokitError `file-unreadable`, `checkpoint-invalid` where the package is damaged
 */
export async function createTinyClassifier(runtime: Runtime): Promise<Classifier> {
  const file = await openTensorFile(await runtime.readAsset({ kind: 'file', path: TINY_ASSETS.classifier.href }))
  const read = async (name: string): Promise<Float32Array> => {
    const stored = file.tensors.get(name)
    if (!stored)
      throw new DinokitError('tensor-missing', `${file.name} has no tensor ${name}.`, { hint: 'Install @dinokit/model-tiny again.' })
    return stored.readFloat32()
  }
  const [weight, bias] = await Promise.all([read('weight'), read('bias')])
  await file.close()
  const names = await runtime.readAsset({ kind: 'file', path: TINY_ASSETS.classes.href })
  const classes = JSON.parse(new TextDecoder().decode(await names.read(0, names.size))) as readonly {
    readonly wnid: string
    readonly name: string
  }[]
  await names.close()
  return {
    classify({ cls, fingerprint }, count = 5) {
      if (fingerprint.model !== 'tiny') {
        throw new DinokitError('fingerprint-mismatch', `The ImageNet classifier is not for tokens of ${fingerprint.model}.`, {
          given: fingerprint.model,
          expected: 'tiny',
        })
      }
      const logits = Array.from(bias, (shift, index) =>
        cls.data.reduce((sum, value, i) => sum + value * weight[index * cls.data.length + i]!, shift),
      )
      return softmax(logits)
        .map((probability, index) => ({ ...classes[index]!, probability }))
        .sort((a, b) => b.probability - a.probability)
        .slice(0, count)
    },
  }
}

function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits)
  const powers = logits.map((logit) => Math.exp(logit - largest))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => power / sum)
}
