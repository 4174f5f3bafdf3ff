import { DinokitError } from '@dinokit/core'
import { isPassing, passingFailure } from './passing-failure.ts'

/**
 * The error of an answer that is no `2xx`. One that may be another next time has a `PassingFailure` as its cause.
 *
 * @param name - of what was asked for, as a person knows it
 * @param response - whose body is not needed
 * @returns a DinokitError `file-not-found` for 404, `download-failed` for all others
 */
export function refusal(name: string, response: Pick<Response, 'status' | 'statusText' | 'headers'>): DinokitError {
  const { status } = response
  const given = `${status} ${response.statusText}`.trim()
  if (status === 404) {
    return new DinokitError('file-not-found', `There is no ${name}.`, {
      given,
      expected: '200 OK',
      hint: 'Check the address, or the name and the revision.',
    })
  }
  return new DinokitError('download-failed', `${name}: the server answered ${given}.`, {
    given,
    expected: '200 OK',
    ...(isPassing(status) && { cause: passingFailure(response) }),
    ...((status === 401 || status === 403) && {
      hint: 'It may be gated, private or not there: accept its terms on the hub and give an access token (HF_TOKEN).',
    }),
  })
}

/**
 * Whether an answer is a page, as servers and proxies send in place of what they have not.
 *
 * @param response - the answer
 */
export function isPage({ headers }: Pick<Response, 'headers'>): boolean {
  return headers.get('content-type')?.startsWith('text/html') ?? false
}
