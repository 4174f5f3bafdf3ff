import { DinokitError } from '@dinokit/core'
import { countElements, searchedTensor, type OptimizeOptions, type SearchIndexKind, type StoreLayout } from '@dinokit/store'
import { Index, type Table } from '@lancedb/lancedb'
import { INDEX_KINDS } from './index-kinds.ts'

/** Below so many rows an index would not be faster. */
const LEAST_INDEXED = 4096
/** From so many rows on, vectors are kept in the index as a few bits a number: whole ones would not fit its cache. */
const LEAST_QUANTIZED = 50_000
/** Rows that an index needs, to find its codes by. */
const LEAST_TRAINED = 256
/** Rows whose labels are looked at. */
const SAMPLE = 10_000
/** Numbers of a vector that an index of bits takes at a time. */
const STEP = 8

/**
 * Makes or renews the indexes of a store's images: of ids, and for approximate search of the vectors, and of what they are filtered by.
 *
 * @throws DinokitError `invalid-option` for a kind that needs more rows, or vectors of another length
 */
export async function indexTables(images: Table, layout: StoreLayout, { index }: OptimizeOptions = {}): Promise<void> {
  const near = searchedTensor(layout)
  const rows = await images.countRows()
  const dim = countElements(layout.tensors[near]!)
  const kind = index ?? kindFor(rows, dim)
  if (kind !== 'flat') assertEnough(kind, rows, dim)
  await images.createIndex('id', { config: Index.btree() })
  if (kind === 'flat') {
    for (const { name, columns } of await images.listIndices()) if (!columns.includes('id')) await images.dropIndex(name)
    return
  }
  await images.createIndex('split', { config: Index.bitmap() })
  await images.createIndex('label', { config: (await repeats(images, 'label')) ? Index.bitmap() : Index.btree() })
  await images.createIndex(near, { config: INDEX_KINDS[kind].make(rows, dim) })
}

/** Whether most rows of a sample share their value with others, so that a bitmap for each value is small. */
async function repeats(images: Table, column: string): Promise<boolean> {
  const values = (await images.query().select([column]).limit(SAMPLE).toArrow()).getChild(column)
  return !values || new Set(values).size < values.length / 2
}

function kindFor(rows: number, dim: number): SearchIndexKind {
  if (rows < LEAST_INDEXED) return 'flat'
  return rows < LEAST_QUANTIZED || dim % STEP !== 0 ? 'ivf-flat' : 'ivf-rq'
}

function assertEnough(kind: SearchIndexKind, rows: number, dim: number): void {
  if (rows < LEAST_TRAINED)
    throw new DinokitError('invalid-option', `An index ${kind} needs more rows.`, {
      given: `${rows} rows`,
      expected: `${LEAST_TRAINED} rows or more`,
      hint: 'So few rows are searched exactly in no time: leave the index out.',
    })
  if (kind !== 'ivf-flat' && kind !== 'hnsw-sq' && dim % STEP !== 0)
    throw new DinokitError('invalid-option', `An index ${kind} takes no vectors of ${dim} numbers.`, {
      given: `${dim} numbers`,
      expected: `a multiple of ${STEP}`,
      hint: 'Take ivf-flat.',
    })
}
