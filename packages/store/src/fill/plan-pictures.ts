import { DinokitError } from '@dinokit/core'
import type { PictureToStore, StoreReport } from '../contract/picture-to-store.ts'
import type { RowInfo, RowLabels, Store } from '../contract/store.ts'
import { labelsOf } from './labels-of.ts'
import { mapSome } from './map-some.ts'
import type { MovedRows } from './moved-rows.ts'

/** A picture that the store lacks, or whose file has changed. */
export interface ToLookAt<Source> {
  readonly picture: PictureToStore<Source>
  readonly hash: string
  /** What its row is to say. */
  readonly labels: RowLabels
  readonly outcome: 'added' | 'replaced'
}

/** A picture whose row is there, with other labels, or under another id. */
export interface ToRelabel<Source> {
  readonly picture: PictureToStore<Source>
  /** The id that its row has. */
  readonly from: string
  /** What its row is to say. */
  readonly labels: RowLabels
}

/** What is to be done for a picture: one of these. */
export interface Plan<Source> {
  /** Nothing: this is to be said. */
  readonly report?: StoreReport<Source>
  readonly toRelabel?: ToRelabel<Source>
  readonly toLookAt?: ToLookAt<Source>
}

/** Files that are read at a time. */
const HASHED = 128
const LABELS = ['label', 'annotation', 'split', 'source'] as const

/**
 * Compares pictures with what a store has.
 *
 * @param pictures - of a run, some at a time
 * @param moved - finds the rows of images that were moved
 * @param seen - ids of this run so far; added to
 * @param hashOf - hashes those that don’t say their hash
 * @param forget - whether rows lose the labels that pictures don’t say
 */
export async function planPictures<Source>(
  store: Store,
  pictures: readonly PictureToStore<Source>[],
  moved: MovedRows,
  seen: Set<string>,
  hashOf: (picture: PictureToStore<Source>) => Promise<string>,
  forget: boolean,
): Promise<Plan<Source>[]> {
  const ids = pictures.map(({ id }) => id)
  const { rows } = await store.get(ids, { fields: ['id', 'hash', ...LABELS], tensors: [] })
  const known = new Map(rows.map((row) => [row.id, row]))
  let turn: Promise<unknown> = Promise.resolve()
  const hashed = await mapSome(pictures, HASHED, async (picture): Promise<Hashed<Source>> => {
    try {
      assertNew(picture.id, seen)
      if (picture.hash) return { picture, hash: await picture.hash() }
      // One at a time: what addresses give is in memory while it is hashed.
      const hash = turn.then(() => hashOf(picture))
      turn = hash.catch(() => {})
      return { picture, hash: await hash }
    } catch (error) {
      if (!DinokitError.is(error)) throw error
      return { picture, error }
    }
  })
  await moved.lookFor(hashed.flatMap(({ picture, hash }) => (hash !== undefined && !known.has(picture.id) ? [hash] : [])))
  const plans: Plan<Source>[] = []
  for (const one of hashed) plans.push(await planOne(one, known.get(one.picture.id), moved, seen, forget))
  return plans
}

/** A picture whose file was read, or why it could not be. */
type Hashed<Source> =
  | { readonly picture: PictureToStore<Source>; readonly hash: string; readonly error?: never }
  | { readonly picture: PictureToStore<Source>; readonly hash?: never; readonly error: DinokitError }

async function planOne<Source>(
  { picture, hash, error }: Hashed<Source>,
  row: Omit<RowInfo, 'placement'> | undefined,
  moved: MovedRows,
  seen: ReadonlySet<string>,
  forget: boolean,
): Promise<Plan<Source>> {
  if (error) return { report: { picture, error } }
  // The row of this id may be another image's by now.
  const known = moved.isTaken(picture.id) ? undefined : row
  if (!known) {
    const old = await moved.take(hash, seen)
    const labels = labelsFor(picture, forget ? undefined : old)
    return old ? { toRelabel: { picture, from: old.id, labels } } : { toLookAt: { picture, hash, labels, outcome: 'added' } }
  }
  const labels = labelsFor(picture, forget ? undefined : known)
  if (known.hash !== hash) {
    const another = known.source !== picture.source && !(await moved.isGone(known.source))
    return another
      ? { report: { picture, error: otherPicture(picture, known) } }
      : { toLookAt: { picture, hash, labels, outcome: 'replaced' } }
  }
  if (LABELS.some((field) => known[field] !== labels[field])) return { toRelabel: { picture, from: known.id, labels } }
  return { report: { picture, outcome: 'kept' } }
}

/** What a picture says, and what a row says that it does not. */
function labelsFor(picture: RowLabels, row: Partial<RowLabels> | undefined): RowLabels {
  const { label, annotation, split } = row ?? {}
  return labelsOf({ ...(label && { label }), ...(annotation && { annotation }), ...(split && { split }), ...labelsOf(picture) })
}

/** Folders of one name hold different pictures of one name. */
function otherPicture({ id, source }: PictureToStore<unknown>, known: Pick<RowInfo, 'source'>): DinokitError {
  return new DinokitError('invalid-option', `The store has another picture under the id ${id}.`, {
    given: source,
    expected: known.source,
    hint: 'Name the folder that holds both, or use another store.',
  })
}

function assertNew(id: string, seen: Set<string>): void {
  if (seen.has(id))
    throw new DinokitError('invalid-option', `Two pictures would have the id ${id}.`, {
      given: id,
      expected: 'pictures of different ids',
      hint: 'Name the folder that holds them all.',
    })
  seen.add(id)
}
