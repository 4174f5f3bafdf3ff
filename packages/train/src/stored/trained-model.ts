import { assertFingerprint, DinokitError, type HeadRuntime, type ModelCard, type Vision } from '@dinokit/core'
import type { Store } from '@dinokit/store'

/**
 * The model that heads are trained for: an open vision, or, where images need not be looked at, its card with a runtime. The
 * store must be of this model.
 */
export interface TrainedModel extends Partial<Pick<Vision<never>, 'fingerprint' | 'allowPrecision'>> {
  readonly card: ModelCard
  /** Makes the sessions that train and evaluate. */
  readonly runtime: HeadRuntime
}

/**
 * Refuses a store whose heads would not be the model’s.
 *
 * @param model - that heads are to be trained for
 * @param store - of its tokens
 * @throws DinokitError `fingerprint-mismatch`
 */
export function assertStoreOf({ card, fingerprint, allowPrecision }: TrainedModel, { name, layout }: Store): void {
  const own = fingerprint?.(layout.size)
  if (own) assertFingerprint(`A head trained on the store ${name}`, layout.fingerprint, own, { allowPrecision })
  const width = layout.tensors.cls![0]
  if (width === card.architecture.dim) return
  throw new DinokitError(
    'fingerprint-mismatch',
    `The store ${name} holds tokens of ${width}, and ${card.id} makes tokens of ${card.architecture.dim}.`,
    {
      given: `${card.id} of width ${card.architecture.dim}`,
      expected: `${layout.fingerprint.model} of width ${width}`,
      hint: 'Open the model that made the store, or embed the images into another store.',
    },
  )
}
