import type { RowFilter, RowInfo } from './store.ts'

/**
 * Whether a filter means a row.
 *
 * @param row - what is known of a picture
 * @param filter - split and label
 */
export function matchesFilter(row: Pick<RowInfo, 'label' | 'split'>, { split, label }: RowFilter): boolean {
  if (split !== undefined && row.split !== split) return false
  if (label === undefined) return true
  return typeof label === 'string' ? row.label === label : row.label !== undefined && label.includes(row.label)
}
