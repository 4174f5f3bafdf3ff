import type { RowFilter } from '@dinokit/store'

/** A filter as LanceDB's SQL; undefined where it means all rows. */
export function filterSql({ split, label, hash }: RowFilter): string | undefined {
  const parts = [
    ...(split === undefined ? [] : [isIn('split', split)]),
    ...(label === undefined ? [] : [isIn('label', label)]),
    ...(hash === undefined ? [] : [isIn('hash', hash)]),
  ]
  return parts.length > 0 ? parts.join(' AND ') : undefined
}

/** Whether a column has one of some values, as SQL. */
export function isIn(column: string, values: string | readonly string[] | readonly number[]): string {
  if (typeof values === 'string') return `${column} = ${literal(values)}`
  return values.length > 0 ? `${column} IN (${values.map(literal).join(', ')})` : 'false'
}

function literal(value: string | number): string {
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`
}
