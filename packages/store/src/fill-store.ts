import { assertNotAborted, DinokitError, type InputSize, type Vision } from '@dinokit/core'
import { assertStorable } from './assert-storable.ts'
import { chunksOf } from './lib/chunks-of.ts'
import { planPictures, type Plan, type ToLookAt } from './lib/plan-pictures.ts'
import type { PictureToStore, StoreReport } from './picture-to-store.ts'
import { assertSameFingerprint, bytesPerRow } from './store-layout.ts'
import type { RowLabels, Store, StoreRow } from './store.ts'
import { keepsMirrored, tensorsOf } from './token-selection.ts'

/** Options of {@link fillStore}. */
export interface FillOptions {
  /** Pictures of one run of the model. Default 1. */
  readonly batch?: number
  /** The model’s input. Default: the vision’s. */
  readonly size?: InputSize
  /** Cancels the work; what was looked at so far is kept first. */
  readonly signal?: AbortSignal
}

/** Pictures that are compared with the store at a time, then looked at, then kept. */
const COMPARED = 128
/** Rows are kept earlier where so many bytes wait, or the first of them so long. */
const WAITING_BYTES = 32_000_000
const WAITING_MS = 5000

/**
 * Looks at pictures and keeps their tokens. What the store has already, by content, is not looked at again, so that a run
 * that was interrupted continues where it was. Each picture is reported once: when its row is safe, or when it has failed.
 *
 * @param vision - the model, opened with the store’s layers, attention and size; stays the caller’s
 * @param store - open for writing; stays the caller’s
 * @param pictures - of different ids
 * @param options - batch, cancellation
 * @throws DinokitError `fingerprint-mismatch`, `aborted`, and what {@link Store.append} throws; never for one picture
 */
export async function* fillStore<Source>(
  vision: Vision<Source>,
  store: Store,
  pictures: Iterable<PictureToStore<Source>> | AsyncIterable<PictureToStore<Source>>,
  options: FillOptions = {},
): AsyncGenerator<StoreReport<Source>, void, undefined> {
  assertSameFingerprint(store.name, store.layout.fingerprint, vision.fingerprint(options.size))
  const seen = new Set<string>()
  for await (const some of chunksOf(pictures, COMPARED)) {
    assertNotAborted(options.signal)
    const plans = await planPictures(store, some, seen)
    yield* plans.flatMap((plan) => (plan.report ? [plan.report] : []))
    yield* relabel(store, plans)
    yield* lookAt(
      vision,
      store,
      plans.flatMap((plan) => (plan.toLookAt ? [plan.toLookAt] : [])),
      options,
    )
  }
}

/** Gives rows their new label, annotation, split or place; their tokens stay. */
async function* relabel<Source>(store: Store, plans: readonly Plan<Source>[]): AsyncGenerator<StoreReport<Source>, void, undefined> {
  for (const { toRelabel: picture } of plans) {
    if (!picture) continue
    const { rows, tensors } = await store.get([picture.id])
    const { hash, placement } = rows[0]!
    const own = Object.entries(tensors).map(([name, { data, shape }]) => [name, { dtype: 'float32', data, shape: shape.slice(1) }] as const)
    await store.append([{ ...labelsOf(picture), hash, placement, tensors: Object.fromEntries(own) }])
    yield { picture, outcome: 'relabelled' }
  }
}

/** Looks at pictures, and keeps their rows in pieces that bound the memory; what was looked at is kept whatever happens. */
async function* lookAt<Source>(
  vision: Vision<Source>,
  store: Store,
  planned: readonly ToLookAt<Source>[],
  options: FillOptions,
): AsyncGenerator<StoreReport<Source>, void, undefined> {
  const { layout } = store
  const most = Math.max(1, Math.floor(WAITING_BYTES / bytesPerRow(layout)))
  let since = performance.now()
  let waiting: { readonly row: StoreRow; readonly report: StoreReport<Source> }[] = []
  const keep = async (): Promise<StoreReport<Source>[]> => {
    const kept = waiting
    waiting = []
    since = performance.now()
    await store.append(kept.map(({ row }) => row))
    return kept.map(({ report }) => report)
  }
  const sources = planned.map(({ picture }) => picture.picture)
  const again = keepsMirrored(layout) ? vision.stream(sources, { ...options, flip: true }) : undefined
  try {
    for await (const { index, tokens, error } of vision.stream(sources, options)) {
      const other = await again?.next()
      const mirrored = other?.done ? undefined : other?.value
      const { picture, hash, outcome } = planned[index]!
      try {
        const failure = error ?? mirrored?.error
        if (failure) throw failure
        const row = { ...labelsOf(picture), hash, placement: tokens!.placement, tensors: tensorsOf(tokens!, layout, mirrored?.tokens) }
        assertStorable(row, layout)
        waiting.push({ row, report: { picture, outcome } })
      } catch (cause) {
        if (!DinokitError.is(cause)) throw cause
        yield { picture, error: cause }
      }
      if (waiting.length >= most || performance.now() - since > WAITING_MS) yield* await keep()
    }
    yield* await keep()
  } finally {
    await again?.return()
    await keep()
  }
}

function labelsOf({ id, source, label, annotation, split }: RowLabels): RowLabels {
  return {
    id,
    source,
    ...(label !== undefined && { label }),
    ...(annotation !== undefined && { annotation }),
    ...(split !== undefined && { split }),
  }
}
