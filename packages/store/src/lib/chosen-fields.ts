import { DinokitError } from '@dinokit/core'
import { ROW_FIELDS, type RowField } from '../contract/store.ts'

/**
 * Fields of rows that were asked for, each once; all where nothing was said.
 *
 * @throws DinokitError `invalid-option` for one that rows don’t have
 */
export function chosenFields(fields: readonly RowField[] = ROW_FIELDS): RowField[] {
  const unknown = fields.find((field) => !ROW_FIELDS.includes(field))
  if (unknown === undefined) return [...new Set(fields)]
  throw new DinokitError('invalid-option', `Rows have no field ${unknown}.`, {
    given: unknown,
    expected: `some of ${ROW_FIELDS.join(', ')}`,
  })
}
