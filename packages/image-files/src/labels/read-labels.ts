import { decodeText, DinokitError, isAbsent } from '@dinokit/core'
import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { reasonOf } from '../search/search-error.ts'
import { parseTable } from './parse-table.ts'

/** Entry of an image in a table of labels. */
export interface LabelEntry {
  /** Path as the file has it. */
  readonly path: string
  readonly label?: string
  readonly split?: string
  /** Absolute path of its label map or depth image. */
  readonly annotation?: string
}

/** Labels of images. */
export interface Labels {
  /** Returns the entry of the image at an absolute path. */
  get(path: string): LabelEntry | undefined
  /** Paths, as the table has them, of images that nobody asked for and that are nowhere. */
  withoutImage(): Promise<readonly string[]>
}

const PATH = ['path', 'file', 'image', 'filename']
const OTHERS = ['label', 'split', 'annotation']

/**
 * Reads a table with a header: `path` (or `file`, `image`, `filename`), relative to the table or absolute, and `label`, `split`,
 * `annotation`, of which those that are there are used. It is separated by commas, semicolons or tabs, in UTF-8 or UTF-16; letters
 * of the header may be of any case. Paths may have the separators of Windows, and names composed or decomposed letters, unlike
 * those of the disk.
 *
 * @throws DinokitError `file-not-found`, `file-unreadable`; `label-invalid` where it is no such table, or has a column or an image twice
 */
export async function readLabels(file: string): Promise<Labels> {
  const text = decodeText(file, await readBytes(file), 'label-invalid')
  const { columns, rows } = parseTable(file, text, [PATH, OTHERS])
  const pathColumn = PATH.find((name) => columns.includes(name))!
  const folder = dirname(resolve(file))
  const entries = new Map<string, LabelEntry>()
  for (const { line, values } of rows) {
    const { label, split, annotation } = values
    const path = values[pathColumn] ?? ''
    if (path === '') throw invalid(file, `names no image in line ${line}`, 'a path in every line')
    const place = await onDisk(folder, path)
    if (entries.has(place)) throw invalid(file, `names ${path} twice`, 'one line an image')
    entries.set(place, {
      path,
      ...(label && { label }),
      ...(split && { split }),
      ...(annotation && { annotation: await onDisk(folder, annotation) }),
    })
  }
  return labelsOf(entries)
}

function labelsOf(entries: ReadonlyMap<string, LabelEntry>): Labels {
  const composed = new Map<string, string[]>()
  for (const place of entries.keys()) composed.set(place.normalize('NFC'), [...(composed.get(place.normalize('NFC')) ?? []), place])
  const asked = new Set<string>()
  return {
    get(path) {
      const same = composed.get(path.normalize('NFC')) ?? []
      // Two names that differ in nothing else are told apart by their very letters.
      const place = entries.has(path) ? path : same.length === 1 ? same[0]! : undefined
      if (place === undefined) return undefined
      asked.add(place)
      return entries.get(place)
    },
    async withoutImage() {
      const missing: string[] = []
      for (const [path, entry] of entries) if (!asked.has(path) && !(await exists(path))) missing.push(entry.path)
      return missing
    },
  }
}

/** The path that a table means: as it is written, or else with what Windows and macOS do to names. */
async function onDisk(folder: string, written: string): Promise<string> {
  const exact = resolve(folder, written)
  const turned = sep === '/' && written.includes('\\') ? resolve(folder, written.replaceAll('\\', '/')) : exact
  if (turned === exact && isPlain(written)) return exact
  const candidates = [exact, turned, turned.normalize('NFC'), turned.normalize('NFD')]
  for (const candidate of candidates) if (await exists(candidate)) return candidate
  return turned
}

function isPlain(text: string): boolean {
  return text.normalize('NFC') === text.normalize('NFD')
}

/** Tells whether a path exists: one that can't be read does. */
async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (cause: unknown) => !isAbsent(cause),
  )
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (cause) {
    const code = isAbsent(cause) ? 'file-not-found' : 'file-unreadable'
    throw new DinokitError(code, `The labels ${file} can’t be read: ${reasonOf(cause)}.`, { given: file, expected: 'a CSV file', cause })
  }
}

function invalid(file: string, what: string, expected: string): DinokitError {
  return new DinokitError('label-invalid', `${file} ${what}.`, { given: file, expected })
}
