import type { RowFilter } from '@dinokit/store'

/** A filter as LanceDB's SQL; undefined where it means all rows. */
export function filterSql({ split, label }: RowFilter): string | undefined {
  const parts = [
    ...(split === undefined ? [] : [`split = ${literal(split)}`]),
    ...(label === undefined ? [] : [isIn('label', typeof label === 'string' ? [label] : label)]),
  ]
  return parts.length > 0 ? parts.join(' AND ') : undefined
}

/** Whether a column has one of some values, as SQL. */
export function isIn(column: string, values: readonly string[]): string {
  return values.length > 0 ? `${column} IN (${values.map(literal).join(', ')})` : 'false'
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
