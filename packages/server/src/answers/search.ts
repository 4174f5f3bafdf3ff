import { DinokitError } from '@dinokit/core'
import { assertSameFingerprint, type Neighbor, type Store } from '@dinokit/store'
import { readQuery } from '../input/query.ts'
import type { ServerVision } from '../server-options.ts'
import { chooseFormat, json, type Plan } from './answer.ts'

/** Fields that are told of neighbors. */
const TOLD = ['id', 'label', 'split'] as const

/** Answer of `/search` in JSON. Where the server has the images is not told. */
export interface SearchAnswer {
  readonly model: string
  /** The nearest first. */
  readonly neighbors: readonly Neighbor<(typeof TOLD)[number]>[]
}

const DEFAULT_TOP = 10
const MOST_NEIGHBORS = 1000
/** Rows for each that is wanted, and at most, that diverse ones are taken from: taking them keeps the process from other work. */
const [CANDIDATES, MOST_CANDIDATES] = [10, 1000]

/** Answers `/search`: the images of the store that are most similar. */
export const planSearch: Plan = ({ queue, vision, store }, { params, accept }) => {
  const query = readQuery(params, ['top', 'label', 'split', 'diversity', 'approximate'])
  chooseFormat(accept, ['application/json'])
  if (!store) {
    throw new DinokitError('invalid-option', 'This server has no store.', {
      given: '/search',
      hint: 'Whoever runs it can open one: dinokit serve --store DIR.',
    })
  }
  const [top, label, split] = [query.count('top', MOST_NEIGHBORS) ?? DEFAULT_TOP, query.text('label'), query.text('split')]
  const diversity = query.share('diversity')
  const options = {
    top,
    fields: TOLD,
    approximate: query.flag('approximate'),
    ...(diversity !== undefined && { diversity, candidates: Math.min(CANDIDATES * top, MOST_CANDIDATES) }),
    ...(label !== undefined && { label }),
    ...(split !== undefined && { split }),
  }
  return async (image, signal) => {
    const { embedding } = await queue.tokens({ image, size: store.layout.size }, signal)
    const found = await store.search(embedding, { ...options, signal })
    const neighbors = found.map(({ id, similarity, label, split }) => ({
      id,
      similarity,
      ...(label !== undefined && { label }),
      ...(split !== undefined && { split }),
    }))
    const answer: SearchAnswer = { model: vision.card.id, neighbors }
    return json(answer)
  }
}

/**
 * Refuses a store of another model.
 *
 * @param store - of the server
 * @param vision - that it answers by
 * @returns what is to be said of a store that fits all the same, a sentence each
 * @throws DinokitError `fingerprint-mismatch`
 */
export function assertStoreFits(store: Store, vision: Pick<ServerVision, 'fingerprint' | 'allowPrecision'>): readonly string[] {
  const { fingerprint, size } = store.layout
  return assertSameFingerprint(store.name, fingerprint, vision.fingerprint(size), vision)
}
