import { tensor, type Tensor } from '@dinokit/core'

/** Masks of a batch's global crops as `selfSupervisedStep` takes them. */
export interface MaskedBatch {
  /** [crops][patches] */
  readonly mask: Tensor<'bool'>
  /** Where the mask is set, counted from the first crop's first patch, [masked]. */
  readonly masked: Tensor<'int64'>
  /** 1 / how many are set in that crop, [masked]. */
  readonly maskWeights: Tensor
}

/**
 * Finds where masks are set, and how much each patch counts.
 *
 * @param mask - [crops][patches]
 */
export function maskedBatch(mask: Tensor<'bool'>): MaskedBatch {
  const [crops, patches] = mask.shape as [number, number]
  const masked: bigint[] = []
  const weights: number[] = []
  for (let crop = 0; crop < crops; crop++) {
    const set = Array.from({ length: patches }, (_, patch) => crop * patches + patch).filter((index) => mask.data[index])
    for (const index of set) {
      masked.push(BigInt(index))
      weights.push(1 / set.length)
    }
  }
  return {
    mask,
    masked: tensor('int64', BigInt64Array.from(masked), [masked.length]),
    maskWeights: tensor('float32', Float32Array.from(weights), [weights.length]),
  }
}
