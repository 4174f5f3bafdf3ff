import { writeFileAtomic } from '@dinokit/runtime-node'
import { quoted } from './found-objects.ts'

/** A line of a table. Every line has the same columns. */
type TableLine = Readonly<Record<string, string | number | undefined>>

/** Rows of a table, under the names of its columns. */
export interface FoundTable {
  readonly columns: readonly string[]
  readonly lines: readonly TableLine[]
  /** Settings and totals, for .json. */
  readonly about: object
}

/** Writes a table, as its name ends: .csv, or .json with what else there is to say. */
export async function writeTable(out: string, { about, columns, lines }: FoundTable, signal: AbortSignal): Promise<void> {
  const text = /\.json$/i.test(out) ? `${JSON.stringify({ ...about, rows: lines }, undefined, 2)}\n` : csvOf(columns, lines)
  await writeFileAtomic(out, [new TextEncoder().encode(text)], signal)
}

function csvOf(columns: readonly string[], lines: readonly TableLine[]): string {
  const cell = (value: string | number | undefined): string => {
    if (value === undefined) return ''
    return typeof value === 'number' ? String(value) : quoted(value)
  }
  return [columns.join(','), ...lines.map((line) => columns.map((column) => cell(line[column])).join(',')), ''].join('\n')
}
