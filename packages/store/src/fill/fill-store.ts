import { assertNotAborted, assertSources, DinokitError, type InputSize, type Vision } from '@dinokit/core'
import { assertStorable } from '../contract/assert-storable.ts'
import { chunksOf } from './chunks-of.ts'
import { createMovedRows } from './moved-rows.ts'
import { planImages, type ToLookAt } from './plan-images.ts'
import { createWaitingLabels } from './relabel-rows.ts'
import type { ImageToStore, StoreReport } from '../contract/image-to-store.ts'
import { assertSameFingerprint, bytesPerRow } from '../contract/store-layout.ts'
import type { Store, StoreRow } from '../contract/store.ts'
import { keepsMirrored, selectTensors } from '../contract/token-selection.ts'

/** Options of {@link fillStore}. */
export interface FillOptions {
  /** Images of one run of the model. Default 1, on a GPU 8. */
  readonly batch?: number
  /** The model’s input. Default: the vision’s. */
  readonly size?: InputSize
  /**
   * Whether an image is no longer where its row says (`source`). Then an image of the same content takes the row over, with
   * the id, labels and source that it has now, and is not looked at again: so rows follow files that are renamed or moved.
   * Default: no row is taken over.
   */
  readonly isGone?: (source: string) => Promise<boolean>
  /**
   * Whether rows lose the label, annotation and split that their images do not say. Default: they keep them, so that a run
   * without labels leaves those of an earlier one.
   */
  readonly forgetLabels?: boolean
  /** Told of each image as soon as it was looked at, or could not be: its row is not safe yet. */
  readonly onLook?: (image: Pick<ImageToStore<unknown>, 'id'>) => void
  /** Told what there is to say of tokens that may join those of the store all the same, a sentence each. */
  readonly onNote?: (note: string) => void
  /** Cancels the work; what was looked at so far is kept first. */
  readonly signal?: AbortSignal
}

/** Images that are compared with the store at a time, then looked at, then kept; more where there is nothing to look at. */
const COMPARED = 128
const MOST_COMPARED = 2048
/** Rows are kept earlier where so many bytes wait, or the first of them so long. */
const WAITING_BYTES = 32_000_000
const WAITING_MS = 5000

/**
 * Looks at images and keeps their tokens. What the store has already, by content, is not looked at again, so that a run
 * that was interrupted continues where it was; rows that only get other labels get them together, in one commit for tens of
 * thousands. Each image is reported once: when its row is safe, or when it has failed.
 *
 * @param vision - the model, opened with the store’s layers, attention and size; stays the caller’s
 * @param store - open for writing; stays the caller’s
 * @param images - of different ids; a path or an address alone is its own id and source
 * @param options - batch, cancellation
 * @throws DinokitError `fingerprint-mismatch`, `aborted`, and what {@link Store.append} throws; never for one image
 */
export async function* fillStore<Source>(
  vision: Vision<Source>,
  store: Store,
  images: Iterable<ImageToStore<Source> | (Source & string)> | AsyncIterable<ImageToStore<Source> | (Source & string)>,
  options: FillOptions = {},
): AsyncGenerator<StoreReport<Source>, void, undefined> {
  assertSources(images)
  const notes = assertSameFingerprint(store.name, store.layout.fingerprint, vision.fingerprint(options.size), vision)
  for (const note of notes) options.onNote?.(`${store.name}: ${note}`)
  const seen = new Set<string>()
  const moved = createMovedRows(store, options.isGone)
  const waiting = createWaitingLabels<Source>(store)
  try {
    let compared = COMPARED
    for await (const some of chunksOf(described(images), () => compared)) {
      assertNotAborted(options.signal)
      const hashOf = (image: ImageToStore<Source>): Promise<string> => hashBy(vision, image, options.signal)
      const plans = await planImages(store, some, { moved, seen, hashOf, forget: options.forgetLabels ?? false })
      yield* plans.flatMap(({ report }) => report ?? [])
      waiting.add(plans.flatMap(({ toRelabel }) => toRelabel ?? []))
      const planned = plans.flatMap(({ toLookAt }) => toLookAt ?? [])
      compared = planned.length > 0 ? COMPARED : Math.min(2 * compared, MOST_COMPARED)
      // An id that a row gives up may be a new image's.
      if (waiting.isFull() || (planned.length > 0 && waiting.renames())) yield* await waiting.write()
      yield* lookAt(vision, store, planned, options)
    }
    yield* await waiting.write()
  } finally {
    await waiting.write()
  }
}

/** Images given by their paths alone are named by these. */
async function* described<Source>(
  images: Iterable<ImageToStore<Source> | (Source & string)> | AsyncIterable<ImageToStore<Source> | (Source & string)>,
): AsyncGenerator<ImageToStore<Source>, void, undefined> {
  for await (const image of images) yield typeof image === 'string' ? { id: image, source: image, image } : image
}

/** The hash of an image that does not say it. */
async function hashBy<Source>(
  { hashImage }: Pick<Vision<Source>, 'hashImage'>,
  { id, image }: ImageToStore<Source>,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (hashImage) return hashImage(image, signal && { signal })
  throw new DinokitError('invalid-option', `${id} has no hash, and this runtime can’t compute one.`, {
    given: 'no hash',
    expected: 'hash(), the sha256 of its file',
  })
}

/** Looks at images, and keeps their rows in pieces that bound the memory; what was looked at is kept whatever happens. */
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
  const sources = planned.map(({ image }) => image.image)
  const again = keepsMirrored(layout) ? vision.stream(sources, { ...options, flip: true }) : undefined
  try {
    // Mirrored inputs come in step with the others; alone, none waits for another's bytes.
    for await (const { index, tokens, error } of vision.stream(sources, { ...options, ordered: again !== undefined })) {
      const other = await again?.next()
      const mirrored = other?.done ? undefined : other?.value
      const { image, hash, labels, outcome } = planned[index]!
      options.onLook?.(image)
      try {
        const failure = error ?? mirrored?.error
        if (failure) throw failure
        const row = { ...labels, hash, placement: tokens!.placement, tensors: selectTensors(tokens!, layout, mirrored?.tokens) }
        assertStorable(row, layout)
        waiting.push({ row, report: { image, outcome } })
      } catch (cause) {
        if (!DinokitError.is(cause)) throw cause
        yield { image, error: cause }
      }
      if (waiting.length >= most || performance.now() - since > WAITING_MS) yield* await keep()
    }
    yield* await keep()
  } finally {
    await again?.return()
    await keep()
  }
}
