import type { Head } from '../contract/head.ts'
import type { HeadHostOptions, OpenHead } from './attach-head.ts'

export type { HeadHostOptions, OpenHead } from './attach-head.ts'

/**
 * Attaches a head to a model, without the model's backbone being there: for tokens from a store or from elsewhere.
 * `createVision` does so for the heads that it is given.
 *
 * @param head - to attach; what it holds belongs to the result
 * @param host - card and fingerprint of the model, and a runtime
 * @throws DinokitError `contract-mismatch`, `model-unsupported` with the reason where the head does not fit, and those of
 *   {@link Head.attach}
 */
export async function openHead<Options, Result>(head: Head<Options, Result>, host: HeadHostOptions): Promise<OpenHead<Options, Result>> {
  return (await import('./attach-head.ts')).attachHead(head, host)
}
