import { DinokitError } from '@dinokit/core'
import { parse } from 'csv-parse/sync'

/** A table with a header. */
export interface Table {
  /** Names of the columns, in lower case. */
  readonly columns: readonly string[]
  readonly rows: readonly TableRow[]
}

/** A row of a table. */
interface TableRow {
  /** Where it begins in the file, counted from 1. */
  readonly line: number
  /** Values by the columns' names. */
  readonly values: Readonly<Partial<Record<string, string>>>
}

const SEPARATORS = [',', ';', '\t'] as const

/**
 * Parses a table that is separated by commas, semicolons or tabs: by what makes the header say what is needed.
 *
 * @param file - for messages
 * @param text - of the table
 * @param needed - groups of columns: at least one of each must be there
 * @throws DinokitError `label-invalid` where columns are missing or named twice, or rows are of another length
 */
export function parseTable(file: string, text: string, needed: readonly (readonly string[])[]): Table {
  const headers = SEPARATORS.map((separator) => ({ separator, columns: headerOf(file, text, separator) }))
  const found = headers.find(({ columns }) => needed.every((names) => names.some((name) => columns.includes(name))))
  if (!found) {
    const columns = headers.reduce((most, each) => (each.columns.length > most.columns.length ? each : most)).columns
    throw invalid(
      file,
      `has the columns ${columns.join(', ') || '(none)'}`,
      `a first line with ${needed.map((names) => names.join(' or ')).join(', and ')}, separated by commas, semicolons or tabs`,
    )
  }
  const { separator, columns } = found
  const twice = needed.flat().find((name) => columns.indexOf(name) !== columns.lastIndexOf(name))
  if (twice !== undefined) throw invalid(file, `has the column ${twice} twice`, 'one column of a name, whatever the case of its letters')
  const records = parseRecords(file, text, { delimiter: separator, from: 2, info: true }) as unknown as readonly {
    readonly record: readonly string[]
    readonly info: { readonly lines: number }
  }[]
  return {
    columns,
    rows: records.map(({ record, info }) => ({
      line: info.lines,
      values: Object.fromEntries(columns.map((name, index) => [name, record[index]!])),
    })),
  }
}

function headerOf(file: string, text: string, delimiter: string): string[] {
  try {
    const [header = []] = parse(text, { ...COMMON, delimiter, to: 1 })
    return header.map((name) => name.toLowerCase())
  } catch (cause) {
    if (delimiter === SEPARATORS[0]) throw noTable(file, cause)
    return []
  }
}

const COMMON = { bom: true, skip_empty_lines: true, trim: true } as const

function parseRecords(file: string, text: string, options: object): string[][] {
  try {
    return parse(text, { ...COMMON, ...options })
  } catch (cause) {
    throw noTable(file, cause)
  }
}

function noTable(file: string, cause: unknown): DinokitError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return invalid(file, `is no table (${reason})`, 'a header, then a line an image', cause)
}

function invalid(file: string, what: string, expected: string, cause?: unknown): DinokitError {
  return new DinokitError('label-invalid', `${file} ${what}.`, { given: file, expected, ...(cause !== undefined && { cause }) })
}
