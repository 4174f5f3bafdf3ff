import { DinokitError } from '@dinokit/core'
import type { ImageToStore, StoreReport } from '../contract/image-to-store.ts'
import type { RowInfo, RowLabels, Store } from '../contract/store.ts'
import { labelsOf } from './labels-of.ts'
import { mapSome } from './map-some.ts'
import type { MovedRows } from './moved-rows.ts'

/** An image that the store lacks, or whose file has changed. */
export interface ToLookAt<Source> {
  readonly image: ImageToStore<Source>
  readonly hash: string
  /** Labels of its row. */
  readonly labels: RowLabels
  readonly outcome: 'added' | 'replaced'
}

/** An image whose row is there, with other labels, or under another id. */
export interface ToRelabel<Source> {
  readonly image: ImageToStore<Source>
  /** The id that its row has. */
  readonly from: string
  /** Labels of its row. */
  readonly labels: RowLabels
}

/** Plan for an image: one of these. */
export interface Plan<Source> {
  /** Nothing: this is to be said. */
  readonly report?: StoreReport<Source>
  readonly toRelabel?: ToRelabel<Source>
  readonly toLookAt?: ToLookAt<Source>
}

/** Files that are read at a time. */
const HASHED = 128
const LABELS = ['label', 'annotation', 'split', 'source'] as const

/** A run that fills a store, as far as it has come. */
export interface FillRun<Source> {
  /** Finds the rows of images that were moved. */
  readonly moved: MovedRows
  /** Ids of this run so far; added to. */
  readonly seen: Set<string>
  /** Hashes the images that don’t say their hash. */
  readonly hashOf: (image: ImageToStore<Source>) => Promise<string>
  /** Whether rows lose the labels that images don’t say. */
  readonly forget: boolean
}

/**
 * Compares images with what a store has.
 *
 * @param store - that is filled
 * @param images - of a run, some at a time
 * @param run - what is known of the run so far
 */
export async function planImages<Source>(
  store: Store,
  images: readonly ImageToStore<Source>[],
  run: FillRun<Source>,
): Promise<Plan<Source>[]> {
  const { moved, seen, hashOf } = run
  const ids = images.map(({ id }) => id)
  const { rows } = await store.get(ids, { fields: ['id', 'hash', ...LABELS], tensors: [] })
  const known = new Map(rows.map((row) => [row.id, row]))
  let turn: Promise<unknown> = Promise.resolve()
  const hashed = await mapSome(images, HASHED, async (image): Promise<Hashed<Source>> => {
    try {
      assertNew(image.id, seen)
      if (image.hash) return { image, hash: await image.hash() }
      // One at a time: what addresses give is in memory while it is hashed.
      const hash = turn.then(() => hashOf(image))
      turn = hash.catch(() => {})
      return { image, hash: await hash }
    } catch (error) {
      if (!DinokitError.is(error)) throw error
      return { image, error }
    }
  })
  await moved.lookFor(hashed.flatMap(({ image, hash }) => (hash !== undefined && !known.has(image.id) ? [hash] : [])))
  const plans: Plan<Source>[] = []
  for (const one of hashed) plans.push(await planOne(one, known.get(one.image.id), run))
  return plans
}

/** An image whose file was read, or why it could not be. */
type Hashed<Source> =
  | { readonly image: ImageToStore<Source>; readonly hash: string; readonly error?: never }
  | { readonly image: ImageToStore<Source>; readonly hash?: never; readonly error: DinokitError }

async function planOne<Source>(
  { image, hash, error }: Hashed<Source>,
  row: Omit<RowInfo, 'placement'> | undefined,
  { moved, seen, forget }: Omit<FillRun<Source>, 'hashOf'>,
): Promise<Plan<Source>> {
  if (error) return { report: { image, error } }
  // The row of this id may be another image's by now.
  const known = moved.isTaken(image.id) ? undefined : row
  if (!known) {
    const old = await moved.take(hash, seen)
    const labels = labelsFor(image, forget ? undefined : old)
    return old ? { toRelabel: { image, from: old.id, labels } } : { toLookAt: { image, hash, labels, outcome: 'added' } }
  }
  const labels = labelsFor(image, forget ? undefined : known)
  if (known.hash !== hash) {
    const another = known.source !== image.source && !(await moved.isGone(known.source))
    return another ? { report: { image, error: otherImage(image, known) } } : { toLookAt: { image, hash, labels, outcome: 'replaced' } }
  }
  if (LABELS.some((field) => known[field] !== labels[field])) return { toRelabel: { image, from: known.id, labels } }
  return { report: { image, outcome: 'kept' } }
}

/** Merges an image's labels with those that a row has and the image lacks. */
function labelsFor(image: RowLabels, row: Partial<RowLabels> | undefined): RowLabels {
  const { label, annotation, split } = row ?? {}
  return labelsOf({ ...(label && { label }), ...(annotation && { annotation }), ...(split && { split }), ...labelsOf(image) })
}

/** Folders of one name hold different images of one name. */
function otherImage({ id, source }: ImageToStore<unknown>, known: Pick<RowInfo, 'source'>): DinokitError {
  return new DinokitError('invalid-option', `The store has another image under the id ${id}.`, {
    given: source,
    expected: known.source,
    hint: 'Name the folder that holds both, or use another store.',
  })
}

function assertNew(id: string, seen: Set<string>): void {
  if (seen.has(id))
    throw new DinokitError('invalid-option', `Two images would have the id ${id}.`, {
      given: id,
      expected: 'images of different ids',
      hint: 'Name the folder that holds them all.',
    })
  seen.add(id)
}
