import { DinokitError } from '@dinokit/core'
import type { ServerResponse } from 'node:http'
import type { ServerLimits } from './server-options.ts'
import { StatusError } from './status-of.ts'

/** Time of one request: its signal ends whatever is done for it. */
export interface RequestCall {
  /** Aborted with a DinokitError once the client has gone or a time limit has passed. */
  readonly signal: AbortSignal
  /** Tells that the body has come: from now on the limit of the answer counts. */
  bodyCame(): void
  /** Ends the time limits. */
  end(): void
}

/**
 * Begins the time of a request.
 *
 * @param response - that the client waits for
 * @param limits - of time
 */
export function beginCall(response: ServerResponse, { bodyMs, answerMs }: Pick<ServerLimits, 'bodyMs' | 'answerMs'>): RequestCall {
  const stop = new AbortController()
  const onClose = (): void => stop.abort(new DinokitError('aborted', 'The client has gone.'))
  const late = (status: number, what: string, ms: number): NodeJS.Timeout =>
    setTimeout(() => stop.abort(new StatusError(status, 'timed-out', `${what} within ${ms / 1000} s.`, { expected: `${ms / 1000} s` })), ms)
  let timer = late(408, 'The body did not come', bodyMs)
  response.on('close', onClose)
  return {
    signal: stop.signal,
    bodyCame() {
      clearTimeout(timer)
      timer = late(503, 'The image could not be answered', answerMs)
    },
    end() {
      clearTimeout(timer)
      response.off('close', onClose)
    },
  }
}
