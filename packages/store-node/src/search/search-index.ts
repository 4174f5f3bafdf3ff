import { EXACT_SEARCH, searchedTensor, type RowFilter, type SearchIndex } from '@dinokit/store'
import { filterSql } from '../tables/filter-sql.ts'
import type { LanceTables } from '../tables/lance-tables.ts'
import { INDEX_KINDS, type IndexedKind } from './index-kinds.ts'

/** Key of what is known of an index, in the metadata of the column that it is of. */
const ABOUT = 'dinokit.index'
/** Parts of an index that are looked into, where all rows are meant. */
const PROBES = 30
/** Factor of that for a filter, whose rows may lie apart from what is looked for: the parts near to it hold few of them. */
const FILTERED = 2
/** Rows of a filter up to which all of them are compared. */
const FEW = 1000

/** Index of the vectors that are searched. */
export interface TableIndex {
  readonly told: SearchIndex & { readonly kind: IndexedKind }
  /** Bits that an index of codes holds of a number; 1 where it does not say. */
  readonly bits: number
}

/**
 * Looks up the index of the vectors that are searched.
 *
 * @returns undefined where there is none, or one that another program made for other distances or of another kind: search is exact then
 */
export async function readTableIndex({ images, layout }: Pick<LanceTables, 'images' | 'layout'>): Promise<TableIndex | undefined> {
  const near = searchedTensor(layout)
  const found = (await images.listIndices()).find(({ columns }) => columns.includes(near))
  if (!found) return undefined
  const kind = (Object.keys(INDEX_KINDS) as IndexedKind[]).find((name) => INDEX_KINDS[name].type === found.indexType)
  const stats = await images.indexStats(found.name)
  if (kind === undefined || stats?.distanceType !== 'cosine') return undefined
  const field = (await images.schema()).fields.find(({ name }) => name === near)
  const recall = recallOf(field?.metadata.get(ABOUT), kind)
  return { told: { kind, rows: stats.numIndexedRows, ...(recall !== undefined && { recall }) }, bits: bitsOf(found.indexDetails) }
}

function bitsOf(details: unknown): number {
  const { compression } = (details ?? {}) as { readonly compression?: { readonly num_bits?: unknown } }
  return typeof compression?.num_bits === 'number' ? compression.num_bits : 1
}

function recallOf(text: string | undefined, kind: IndexedKind): number | undefined {
  try {
    const about = JSON.parse(text ?? '{}') as { readonly kind?: unknown; readonly recall?: unknown }
    return about.kind === kind && typeof about.recall === 'number' ? about.recall : undefined
  } catch {
    return undefined
  }
}

/** Keeps what an index finds beside it. */
export async function keepRecall(
  { images, layout }: Pick<LanceTables, 'images' | 'layout'>,
  kind: IndexedKind,
  recall: number,
): Promise<void> {
  await images.updateFieldMetadata([{ path: searchedTensor(layout), metadata: { [ABOUT]: JSON.stringify({ kind, recall }) } }])
}

/** Way of an approximate search: the index, and how many of its parts are looked into. */
export interface SearchWay {
  readonly index: TableIndex
  readonly probes: number
}

/**
 * Chooses how an approximate search of some rows goes.
 *
 * @param index - of all rows
 * @param filter - which rows are meant
 * @param count - counts the rows of a filter, or all
 * @returns undefined where it is exact: without an index, and for a filter that leaves few rows
 */
export async function chooseWay(
  index: TableIndex | undefined,
  filter: RowFilter,
  count: (sql?: string) => Promise<number>,
): Promise<SearchWay | undefined> {
  const sql = filterSql(filter)
  if (!index || sql === undefined) return index && { index, probes: PROBES }
  const [meant, all] = await Promise.all([count(sql), count()])
  return meant > FEW ? { index, probes: Math.ceil((FILTERED * PROBES * all) / meant) } : undefined
}

/** Tells the index of a way. */
export function describeWay(way: SearchWay | undefined): SearchIndex {
  return way?.index.told ?? EXACT_SEARCH
}
