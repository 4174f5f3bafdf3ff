import { DinokitError } from '@dinokit/core'
import type { PictureToStore, StoreReport } from '../picture-to-store.ts'
import type { RowInfo, Store } from '../store.ts'

/** A picture that the store lacks, or whose file has changed. */
export interface ToLookAt<Source> {
  readonly picture: PictureToStore<Source>
  readonly hash: string
  readonly outcome: 'added' | 'replaced'
}

/** What is to be done for a picture: one of these. */
export interface Plan<Source> {
  /** Nothing: this is to be said. */
  readonly report?: StoreReport<Source>
  readonly toRelabel?: PictureToStore<Source>
  readonly toLookAt?: ToLookAt<Source>
}

const LABELS = ['label', 'annotation', 'split', 'source'] as const

/**
 * Compares pictures with what a store has.
 *
 * @param seen - ids of this run so far; added to
 */
export async function planPictures<Source>(
  store: Store,
  pictures: readonly PictureToStore<Source>[],
  seen: Set<string>,
): Promise<Plan<Source>[]> {
  const ids = pictures.map(({ id }) => id)
  const { rows } = await store.get(ids, { fields: ['id', 'hash', ...LABELS], tensors: [] })
  const known = new Map(rows.map((row) => [row.id, row]))
  return Promise.all(
    pictures.map(async (picture) => {
      try {
        assertNew(picture.id, seen)
        return planOne(picture, await picture.hash(), known.get(picture.id))
      } catch (error) {
        if (!DinokitError.is(error)) throw error
        return { report: { picture, error } }
      }
    }),
  )
}

function planOne<Source>(picture: PictureToStore<Source>, hash: string, known: Omit<RowInfo, 'placement'> | undefined): Plan<Source> {
  if (known && known.hash !== hash && known.source !== picture.source) return { report: { picture, error: otherPicture(picture, known) } }
  if (known?.hash !== hash) return { toLookAt: { picture, hash, outcome: known ? 'replaced' : 'added' } }
  if (LABELS.some((field) => known[field] !== picture[field])) return { toRelabel: picture }
  return { report: { picture, outcome: 'kept' } }
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
