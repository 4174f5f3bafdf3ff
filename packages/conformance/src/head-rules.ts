import {
  DinokitError,
  openHead,
  type AttachedHead,
  type Head,
  type HeadHost,
  type HeadRuntime,
  type ModelCard,
  type Tokens,
} from '@dinokit/core'
import { holds, refuses, same } from './lib/expect.ts'
import { PLACEMENTS } from './lib/placements.ts'
import { watchSessions } from './lib/watch-sessions.ts'
import type { Rule } from './rule.ts'
import { sampleFingerprint, sampleTokens } from './sample-tokens.ts'

/** Options of {@link headRules}. */
export interface HeadRulesOptions<Options, Result> {
  /** Makes the head, as users do. Called once a rule. */
  head(): Head<Options, Result>
  /** Runtime of the platform that the tests run on. */
  readonly runtime: HeadRuntime
  /** A model that it fits. */
  readonly card: ModelCard
  /** Heads that come with the model, where it looks for them. */
  readonly heads?: HeadHost['heads']
  /** Options to call it with, beside none. */
  readonly options?: readonly Options[]
}

/**
 * Lists the rules of the contract for a head, whoever wrote it. Tokens are random numbers: no backbone is needed.
 *
 * @param options - the head, and a model that it fits
 */
export function headRules<Options, Result>(options: HeadRulesOptions<Options, Result>): Rule[] {
  const { card } = options
  const hostFor = (of: ModelCard, runtime: HeadRuntime = options.runtime): HeadHost => ({
    card: of,
    fingerprint: sampleFingerprint(of),
    heads: options.heads ?? {},
    runtime,
  })
  const named = (): string => `The head ${options.head().name}`
  const withHead = async (work: (attached: AttachedHead<Options, Result>) => Promise<void>): Promise<void> => {
    const attached = await options.head().attach(hostFor(card))
    try {
      await work(attached)
    } finally {
      await attached.dispose?.()
    }
  }
  const calls = (): Options[] => [{} as Options, ...(options.options ?? [])]
  const tokensOf = (attached: AttachedHead<Options, Result>, seed = 1, placement = PLACEMENTS.whole!): Tokens =>
    sampleTokens(card, placement, attached.needs, seed)
  const answer = async (attached: AttachedHead<Options, Result>, tokens: Tokens, of: Options): Promise<Result> =>
    attached.answer(tokens, of, {})
  return [
    {
      name: 'speaks contract 1 and has a name',
      async check() {
        const head = options.head()
        holds(head.contract === 1, `A head must speak contract 1, and ${JSON.stringify(head.name)} speaks ${String(head.contract)}.`)
        holds(typeof head.name === 'string' && head.name.trim().length > 0, 'A head must have a name.')
        holds(typeof head.attach === 'function', `${named()} must have a method attach.`)
      },
    },
    {
      name: 'says why it does not fit a model, or serves it',
      async check() {
        holds(options.head().incompatibility?.(card) === undefined, `${named()} must fit the model ${card.id} that it is tested on.`)
        for (const other of misfits(card)) {
          const reason = options.head().incompatibility?.(other)
          holds(
            reason === undefined || (typeof reason === 'string' && reason.trim().includes(' ')),
            `${named()} must say in a sentence why it does not fit, not ${JSON.stringify(reason)}.`,
          )
          if (reason !== undefined) continue
          try {
            await using head = await openHead(options.head(), hostFor(other))
            await head.run(sampleTokens(other, PLACEMENTS.whole!, head.needs))
          } catch (error) {
            holds(
              DinokitError.is(error) && error.code !== 'head-failed',
              `${named()} must refuse a model of width ${other.architecture.dim} and depth ${other.architecture.depth} by a DinokitError, or serve it: it ended with ${String(error)}`,
            )
          }
        }
      },
    },
    {
      name: 'needs only what the model has',
      check: () =>
        withHead(async ({ needs }) => {
          holds(typeof needs === 'object' && needs !== null, `${named()} must say what it needs: {} where that is nothing.`)
          const layers = [needs.layers, needs.rawLayers, needs.attention, needs.facets].flatMap((list) => list ?? [])
          const wrong = layers.find((layer) => !Number.isInteger(layer) || layer < 1 || layer > card.architecture.depth)
          holds(wrong === undefined, `${named()} must need layers from 1 to ${card.architecture.depth}, and needs ${wrong}.`)
        }),
    },
    ...Object.entries(PLACEMENTS).map(([kind, placement]): Rule => ({
      name: `answers with finite numbers, and maps of the source image, for ${kind}`,
      async check() {
        await using head = await openHead(options.head(), hostFor(card))
        for (const of of calls()) {
          try {
            await head.run(sampleTokens(card, placement, head.needs), of)
          } catch (error) {
            // What needs the image itself may say so.
            if (DinokitError.is(error, 'invalid-option') && of !== calls()[0] && Object.keys(of as object).length > 0) continue
            throw new Error(`${named()} must answer for ${kind}: ${error instanceof Error ? error.message : String(error)}`, {
              cause: error,
            })
          }
        }
      },
    })),
    {
      name: 'leaves the tokens as they are',
      check: () =>
        withHead(async (attached) => {
          const [tokens, before] = [tokensOf(attached), tokensOf(attached)]
          await answer(attached, tokens, calls()[0]!)
          holds(same(tokens, before), `${named()} must leave the tokens as they are: other heads read them too.`)
        }),
    },
    {
      name: 'gives equal answers for equal tokens, which belong to the caller',
      check: () =>
        withHead(async (attached) => {
          const first = await answer(attached, tokensOf(attached), calls()[0]!)
          const kept = structuredClone(first)
          const second = await answer(attached, tokensOf(attached), calls()[0]!)
          holds(same(first, second), `${named()} must give equal answers for equal tokens.`)
          scribble(second)
          const third = await answer(attached, tokensOf(attached), calls()[0]!)
          holds(
            same(first, kept) && same(third, kept),
            `${named()} must give answers that belong to the caller: writing into one changed another.`,
          )
        }),
    },
    {
      name: 'keeps answers that overlap apart',
      check: () =>
        withHead(async (attached) => {
          const seeds = [1, 2, 3, 4]
          const alone = []
          for (const seed of seeds) alone.push(await answer(attached, tokensOf(attached, seed), calls()[0]!))
          const together = await Promise.all(seeds.map((seed) => answer(attached, tokensOf(attached, seed), calls()[0]!)))
          holds(same(alone, together), `${named()} must keep answers that overlap apart.`)
        }),
    },
    {
      name: 'answers with plain data, which can be stored and sent',
      check: () =>
        withHead(async (attached) => {
          const result = await answer(attached, tokensOf(attached), calls()[0]!)
          let copy: unknown
          try {
            copy = structuredClone(result)
          } catch (cause) {
            throw new Error(`${named()} must answer with plain data: ${String(cause)}`, { cause })
          }
          holds(same(copy, result), `${named()} must answer with plain data: a copy of its answer differs.`)
        }),
    },
    {
      name: 'can be attached twice; each disposes of what it owns, and disposing twice is safe',
      async check() {
        const { runtime, alive } = watchSessions(options.runtime)
        const head = options.head()
        const [a, b] = [await head.attach(hostFor(card, runtime)), await head.attach(hostFor(card, runtime))]
        const expected = await answer(b, tokensOf(b), calls()[0]!)
        await a.dispose?.()
        await a.dispose?.()
        holds(
          same(await answer(b, tokensOf(b), calls()[0]!), expected),
          `${named()} must go on serving one model when it was taken from another.`,
        )
        await b.dispose?.()
        holds(alive() === 0, `${named()} must dispose of the sessions that it made: ${alive()} are left.`)
      },
    },
    {
      name: 'disposes of its sessions where attaching fails',
      async check() {
        const { runtime, alive } = watchSessions(options.runtime)
        const signal = AbortSignal.abort()
        await refuses(() => openHead(options.head(), { ...hostFor(card, runtime), signal }), 'Attaching that was canceled', 'aborted')
        holds(alive() === 0, `${named()} must dispose of its sessions where attaching fails.`)
      },
    },
    {
      name: 'refuses tokens of another model by name',
      async check() {
        await using head = await openHead(options.head(), hostFor(card))
        const tokens = sampleTokens(card, PLACEMENTS.whole!, head.needs)
        const other = { ...tokens, fingerprint: { ...tokens.fingerprint, weights: 'others' } }
        await refuses(() => head.run(other), 'Tokens of other weights', 'fingerprint-mismatch')
      },
    },
  ]
}

/** Models of another width and of another depth. */
function misfits(card: ModelCard): ModelCard[] {
  const { architecture } = card
  return [
    {
      ...card,
      id: `${card.id} of another width`,
      architecture: { ...architecture, dim: architecture.dim * 2, heads: architecture.heads * 2 },
    },
    { ...card, id: `${card.id} of another depth`, architecture: { ...architecture, depth: 1 } },
  ]
}

/** Writes into every array of a value. */
function scribble(value: unknown): void {
  if (ArrayBuffer.isView(value)) new Uint8Array(value.buffer, value.byteOffset, value.byteLength).fill(7)
  else if (typeof value === 'object' && value !== null) Object.values(value).forEach(scribble)
}
