import { DinokitError } from '../contract/dinokit-error.ts'
import type { RelatedModel } from './related-model.ts'

/**
 * Says of a download that a hub refused what to accept and where.
 *
 * @param model - whose file was asked for
 * @param error - as it was thrown
 * @returns the error as it was where the hub did not refuse it, or the model is not gated
 */
export function gatedError({ id, repo, license, terms, gated }: RelatedModel, error: unknown): unknown {
  if (!gated || !DinokitError.is(error, 'download-failed') || !/^40[13]\b/.test(error.details.given ?? '')) return error
  return new DinokitError('download-failed', `${id} is gated: the hub gives it to those who accepted its license, ${license}.`, {
    given: error.details.given!,
    expected: `an access token of an account that accepted ${license}${terms === undefined ? '' : `. ${terms.replace(/\.$/, '')}`}`,
    hint: `Accept it on https://huggingface.co/${repo}, make a token on https://huggingface.co/settings/tokens, and give that as HF_TOKEN (in a browser: createRuntime({ hub: { accessToken } })).`,
    cause: error,
  })
}
