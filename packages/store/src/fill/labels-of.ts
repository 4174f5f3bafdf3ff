import type { RowLabels } from '../contract/store.ts'

const LABELS = ['id', 'source', 'label', 'annotation', 'split'] as const satisfies (keyof RowLabels)[]

/** Picks the labels of a row, and nothing that is given beside them. */
export function labelsOf(given: RowLabels): RowLabels {
  return Object.fromEntries(LABELS.flatMap((field) => (given[field] === undefined ? [] : [[field, given[field]]]))) as unknown as RowLabels
}
