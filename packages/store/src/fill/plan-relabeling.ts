import { DinokitError } from '@dinokit/core'
import type { PositionRelabeling, StoreBackend } from '../contract/store-backend.ts'
import type { Relabeling } from '../contract/store.ts'
import { labelsOf } from './labels-of.ts'

/**
 * Finds the rows that are to be relabeled, and checks that no two rows have one id afterwards.
 *
 * @throws DinokitError `invalid-option` for a row that is not there or is named twice, and for an id that is taken
 */
export async function planRelabeling(
  backend: Pick<StoreBackend, 'name' | 'find'>,
  changes: readonly Relabeling[],
): Promise<PositionRelabeling[]> {
  const positions = await backend.find(changes.map(({ id }) => id))
  const [leaving, coming] = [new Set<string>(), new Set<string>()]
  for (const { id, to } of changes) {
    if (!positions.has(id)) throw refused(backend.name, `There is no row ${id} to relabel`, id)
    if (leaving.has(id)) throw refused(backend.name, `The row ${id} was to be relabeled twice in one call`, id)
    if (coming.has(to.id)) throw taken(backend.name, to.id)
    leaving.add(id)
    coming.add(to.id)
  }
  const foreign = [...coming].filter((id) => !leaving.has(id))
  for (const id of (await backend.find(foreign)).keys()) throw taken(backend.name, id)
  return changes.map(({ id, to }) => ({ position: positions.get(id)!, from: id, to: labelsOf(to) }))
}

function taken(store: string, id: string): DinokitError {
  return refused(store, `Two rows would have the id ${id}`, id)
}

function refused(store: string, message: string, id: string): DinokitError {
  return new DinokitError('invalid-option', `${message} in ${store}.`, {
    given: id,
    expected: 'rows that are there, each named once, with ids that differ',
    hint: 'Nothing was changed.',
  })
}
