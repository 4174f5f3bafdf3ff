import type { Store } from '@dinokit/store'
import { basename, dirname, resolve, sep } from 'node:path'
import { isFileGone, isAddress, isGlob } from '@dinokit/image-files'

/** A row whose image file is no longer there. */
export interface GoneRow {
  readonly id: string
  /** Where the file was. */
  readonly source: string
}

/**
 * Finds the rows of some folders, by their place or by their ids, whose image file is no longer there.
 *
 * @param store - stays the caller's
 * @param named - folders, files and globs, as they are indexed
 */
export async function findGoneRows(store: Store, named: readonly string[]): Promise<GoneRow[]> {
  const belongs = named.filter((name) => !isAddress(name)).map(rowsOf)
  const gone: GoneRow[] = []
  for await (const { rows } of store.iterate({ fields: ['id', 'source'], tensors: [], batch: 4096 }))
    for (const row of rows) if (belongs.some((mine) => mine(row)) && (await isFileGone(row.source))) gone.push(row)
  return gone
}

/** Says which rows come from an argument: those below its place, and those whose ids begin as its own do. */
function rowsOf(name: string): (row: GoneRow) => boolean {
  const base = resolve(isGlob(name) ? dirname(name.slice(0, name.search(/[*?[\]{}()!+@]/) + 1)) : name)
  const [below, within] = [base.endsWith(sep) ? base : base + sep, `${basename(base)}/`]
  return ({ id, source }) => source === base || source.startsWith(below) || id.startsWith(within)
}
