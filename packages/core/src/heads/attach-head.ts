import { assertContract } from '../checks/assert-contract.ts'
import { assertFingerprint } from '../checks/assert-fingerprint.ts'
import { assertNotAborted } from '../checks/assert-not-aborted.ts'
import { assertResult, HEAD_FAULT } from '../checks/assert-result.ts'
import { DinokitError } from '../contract/dinokit-error.ts'
import type { AnswerContext, AttachedHead, Head, HeadHost, HeadNeeds } from '../contract/head.ts'
import type { Tokens } from '../contract/tokens.ts'
import { missingOutput } from '../vision/output-request.ts'

// A module of its own, so that pages without heads do not load it.

/** A head that is attached to a model and watched over. Whoever opened it disposes of it; disposing twice is safe. */
export interface OpenHead<Options = object, Result = unknown> {
  readonly name: string
  readonly needs: HeadNeeds
  /** The input that suits it where nobody says otherwise. */
  readonly size?: AttachedHead['size']
  /**
   * Answers for the tokens of one image, computed just now or stored long ago.
   *
   * @param tokens - of the model that the head was opened on, with the layers that it needs
   * @param options - of the head
   * @param context - more views of the image, cancellation
   * @throws DinokitError `fingerprint-mismatch`, `tensor-missing` where the tokens lack a layer, `head-failed` where the
   *   head throws or answers with what is no answer, `invalid-option`, `disposed`, `aborted`
   */
  run(tokens: Tokens, options?: Options, context?: AnswerContext): Promise<Result>
  /** Frees what the head holds, after answers under way have ended. */
  dispose(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** {@link HeadHost} as callers give it: what may be left out has defaults. */
export type HeadHostOptions = Omit<HeadHost, 'heads'> & Partial<Pick<HeadHost, 'heads'>>

/**
 * Attaches a head to a model, and watches over it: see `openHead`.
 *
 * @param head - to attach; what it holds belongs to the result
 * @param host - card and fingerprint of the model, and a runtime
 * @throws DinokitError those of `openHead`
 */
export async function attachHead<Options, Result>(head: Head<Options, Result>, host: HeadHostOptions): Promise<OpenHead<Options, Result>> {
  const { card, fingerprint } = host
  const name = `The head ${head.name}`
  assertContract('head', head.name, head.contract)
  assertNotAborted(host.signal)
  const reason = head.incompatibility?.(card)
  if (reason !== undefined) {
    throw new DinokitError('model-unsupported', `${name} does not fit ${card.id}: ${reason}`, { given: card.id })
  }
  const attached = await asHeadError(name, 'could not be opened', async () => head.attach({ heads: {}, ...host }))
  const end = (): Promise<void> => asHeadError(name, 'could not be closed', async () => attached.dispose?.())
  try {
    assertNeeds(name, attached, host)
  } catch (error) {
    await end()
    throw error
  }
  let disposed: Promise<void> | undefined
  const running = new Set<Promise<unknown>>()
  const said = new Set<string>()
  const dispose = (): Promise<void> => (disposed ??= Promise.allSettled(running).then(end))
  const answer = async (tokens: Tokens, options: Options, context: AnswerContext): Promise<Result> => {
    for (const note of assertFingerprint(name, fingerprint, tokens.fingerprint, host)) {
      if (said.has(note)) continue
      said.add(note)
      host.onNote?.(`${name}: ${note}`)
    }
    assertTokens(name, attached.needs, tokens)
    const result = await asHeadError(name, 'failed', async () => attached.answer(tokens, options, context))
    // Not every engine can be interrupted.
    assertNotAborted(context.signal)
    assertResult(name, result, tokens.placement.source)
    return result
  }
  return {
    name: head.name,
    needs: attached.needs,
    ...(attached.size !== undefined && { size: attached.size }),
    async run(tokens, options = {} as Options, context = {}) {
      if (disposed) throw new DinokitError('disposed', `${name} was disposed of.`, { hint: 'Open it again, or dispose later.' })
      assertNotAborted(context.signal)
      const run = answer(tokens, options, context)
      running.add(run)
      return run.finally(() => running.delete(run))
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  }
}

/** Errors of the head's own making become one of ours that names it. */
async function asHeadError<T>(name: string, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (DinokitError.is(cause)) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DinokitError('head-failed', `${name} ${what}: ${reason.replace(/\.?$/, '.')}`, {
      hint: HEAD_FAULT,
      cause,
    })
  }
}

function assertNeeds(name: string, attached: AttachedHead<never>, { card }: HeadHostOptions): void {
  const { needs } = attached
  if (typeof needs !== 'object' || needs === null || typeof attached.answer !== 'function') {
    throw new DinokitError('head-failed', `${name} attached without needs or answer().`, { hint: HEAD_FAULT })
  }
  const { depth } = card.architecture
  const { layers = [], rawLayers = [], attention = [], facets = [] } = needs
  const wrong = [...layers, ...rawLayers, ...attention, ...facets].find((layer) => !Number.isInteger(layer) || layer < 1 || layer > depth)
  if (wrong === undefined) return
  throw new DinokitError('model-unsupported', `${name} needs layer ${wrong} of ${card.id}, which has ${depth}.`, {
    given: `layer ${wrong}`,
    expected: `layers from 1 to ${depth}`,
    hint: 'It was made for a deeper model: open that one.',
  })
}

function assertTokens(name: string, needs: HeadNeeds, tokens: Tokens): void {
  const missing = missingOutput(needs, tokens)
  if (!missing) return
  throw new DinokitError('tensor-missing', `${name} needs ${missing}, which these tokens lack.`, {
    expected: missing,
    hint: 'Make them by a model opened with this head.',
  })
}
