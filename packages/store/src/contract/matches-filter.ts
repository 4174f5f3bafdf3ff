import type { RowFilter, RowInfo } from './store.ts'

/**
 * Whether a filter means a row.
 *
 * @param row - what is known of an image
 * @param filter - split, label and hash
 */
export function matchesFilter(row: Pick<RowInfo, 'label' | 'split' | 'hash'>, { split, label, hash }: RowFilter): boolean {
  if (split !== undefined && row.split !== split) return false
  return isAmong(row.label, label) && isAmong(row.hash, hash)
}

function isAmong(value: string | undefined, wanted: string | readonly string[] | undefined): boolean {
  if (wanted === undefined) return true
  return typeof wanted === 'string' ? value === wanted : value !== undefined && wanted.includes(value)
}
