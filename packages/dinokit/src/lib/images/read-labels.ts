import { DinokitError } from '@dinokit/core'
import { parse } from 'csv-parse/sync'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/** What a labels file says of a picture. */
export interface LabelEntry {
  /** As the file has it. */
  readonly path: string
  readonly label?: string
  readonly split?: string
  /** Absolute path of its label map or depth picture. */
  readonly annotation?: string
}

/** Labels by absolute path of the picture. */
export type Labels = ReadonlyMap<string, LabelEntry>

const PATH = ['path', 'file', 'image', 'filename']

/**
 * Reads a CSV file with a header: `path` (or `file`, `image`, `filename`), relative to the CSV file or absolute, and
 * `label`, `split`, `annotation`, of which those that are there are used.
 *
 * @throws DinokitError `file-not-found`, `label-invalid` where it is no such file or names a picture twice
 */
export async function readLabels(file: string): Promise<Labels> {
  const rows = parseRows(file, await readText(file))
  const pathColumn = PATH.find((name) => rows[0] && name in rows[0])
  if (pathColumn === undefined || !['label', 'split', 'annotation'].some((name) => name in rows[0]!))
    throw invalid(
      file,
      `has the columns ${Object.keys(rows[0] ?? {}).join(', ') || '(none)'}`,
      'path and label (and split, annotation) in its first line',
    )
  const folder = dirname(resolve(file))
  const labels = new Map<string, LabelEntry>()
  for (const row of rows) {
    const { label, split, annotation } = row
    const path = row[pathColumn] ?? ''
    const place = resolve(folder, path)
    if (labels.has(place)) throw invalid(file, `names ${path} twice`, 'one line a picture')
    labels.set(place, {
      path,
      ...(label && { label }),
      ...(split && { split }),
      ...(annotation && { annotation: resolve(folder, annotation) }),
    })
  }
  return labels
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new DinokitError('file-not-found', `The labels ${file} can’t be read.`, { given: file, expected: 'a CSV file', cause })
  }
}

function parseRows(file: string, text: string): Partial<Record<string, string>>[] {
  try {
    return parse(text, { columns: true, bom: true, skip_empty_lines: true, trim: true })
  } catch (cause) {
    throw invalid(
      file,
      `is no CSV file (${cause instanceof Error ? cause.message : String(cause)})`,
      'a header, then a line a picture',
      cause,
    )
  }
}

function invalid(file: string, what: string, expected: string, cause?: unknown): DinokitError {
  return new DinokitError('label-invalid', `${file} ${what}.`, { given: file, expected, ...(cause !== undefined && { cause }) })
}
