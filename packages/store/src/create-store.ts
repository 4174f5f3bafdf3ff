import { addAsyncDispose, assertNotAborted, DinokitError, type Tensor } from '@dinokit/core'
import { planRelabeling } from './fill/plan-relabeling.ts'
import { assertCount } from './lib/assert-count.ts'
import { chosenFields } from './lib/chosen-fields.ts'
import { shuffle } from './lib/shuffle.ts'
import { toColumns } from './lib/to-columns.ts'
import { searchBackend } from './search/search-backend.ts'
import type { ReadColumns, StoreBackend } from './contract/store-backend.ts'
import type { SearchIndexKind } from './contract/search-index.ts'
import { widen } from './contract/widen.ts'
import { bytesPerRow, countElements, type StoreLayout } from './contract/store-layout.ts'
import {
  type IterateOptions,
  type Neighbor,
  type ReadOptions,
  type RowField,
  type RowFilter,
  type RowInfo,
  type SearchOptions,
  type Store,
  type StoreBatch,
} from './contract/store.ts'

const DEFAULT_BATCH = 256
/** Shuffled rows lie far apart: reading many at a time is faster. */
const WINDOW_BYTES = 16_000_000
const WINDOW_ROWS = 8192

/**
 * Makes a store of a back end: checks what goes in, converts what comes out, shuffles, and keeps the manners (refused
 * once closed, closed after the work under way, writes one after the other).
 *
 * @param backend - belongs to the store from now on and is closed with it
 */
export function createStore(backend: StoreBackend): Store {
  addAsyncDispose()
  const { name, layout } = backend
  const running = new Set<Promise<unknown>>()
  let writing: Promise<unknown> = Promise.resolve()
  let closed: Promise<void> | undefined

  const track = <T>(work: () => Promise<T>): Promise<T> => {
    if (closed)
      return Promise.reject(new DinokitError('disposed', `The store ${name} was closed.`, { hint: 'Open it again, or close later.' }))
    const task = work()
    running.add(task)
    return task.finally(() => running.delete(task))
  }
  const write = <T>(work: () => Promise<T>): Promise<T> => {
    if (!backend.writable)
      return Promise.reject(
        new DinokitError('invalid-option', `The store ${name} is open for reading.`, { hint: 'Open it with { access: ’write’ }.' }),
      )
    return track(() => {
      const turn = writing.then(work)
      writing = turn.catch(() => {})
      return turn
    })
  }
  const read = async <Field extends RowField>(
    positions: readonly number[],
    fields: readonly RowField[],
    tensors: readonly string[] = Object.keys(layout.tensors),
  ): Promise<StoredBatch<Field>> => {
    const columns = positions.length > 0 ? await backend.read(positions, fields, tensors) : { rows: [], tensors: {} }
    return toBatch(columns, tensors, positions.length)
  }
  /** With shapes also where there are no rows. */
  const toBatch = <Field extends RowField>(
    { rows, tensors }: ReadColumns,
    names: readonly string[],
    length: number,
  ): StoredBatch<Field> => ({
    length,
    rows: rows as readonly Pick<RowInfo, Field>[],
    tensors: Object.fromEntries(names.map((name) => [name, tensors[name] ?? noRows(layout, name)])),
  })
  const getStored = <Field extends RowField>(ids: readonly string[], options: ReadOptions<Field> = {}): Promise<StoredBatch<Field>> =>
    track(async () => {
      assertTensors(name, layout.tensors, options.tensors)
      const fields = chosenFields(options.fields)
      const found = await backend.find(ids)
      return read<Field>(
        ids.flatMap((id) => found.get(id) ?? []),
        fields,
        options.tensors,
      )
    })

  const searchMany = <Field extends RowField>(
    queries: readonly Tensor[],
    options: SearchOptions<Field> = {},
  ): Promise<Neighbor<Field>[][]> => track(() => searchBackend(backend, queries, { ...options, filter: filterOf(options) }))

  const close = (): Promise<void> => (closed ??= Promise.allSettled([...running]).then(() => backend.close()))
  return {
    contract: 1,
    name,
    layout,
    append: (rows) => write(async () => (rows.length > 0 ? backend.write(toColumns(rows, layout)) : undefined)),
    relabel: (changes) => write(async () => (changes.length > 0 ? backend.relabel(await planRelabeling(backend, changes)) : undefined)),
    remove: (ids) =>
      write(async () => {
        const positions = [...(await backend.find([...new Set(ids)])).values()]
        if (positions.length > 0) await backend.remove(positions)
        return positions.length
      }),
    refresh: () => track(() => backend.refresh()),
    get: async (ids, options = {}) => widened(await getStored(ids, options)),
    getStored,
    async *iterate<Field extends RowField = RowField>(options: IterateOptions<Field> = {}) {
      const { batch = DEFAULT_BATCH, seed, signal } = options
      assertCount('batch', batch)
      assertTensors(name, layout.tensors, options.tensors)
      const fields = chosenFields(options.fields)
      if (seed !== undefined && !Number.isSafeInteger(seed))
        throw new DinokitError('invalid-option', `The seed is ${seed}.`, { given: String(seed), expected: 'a whole number' })
      const positions = await track(() => backend.positions(filterOf(options)))
      if (seed !== undefined) shuffle(positions, seed)
      const width = Math.max(1, bytesPerRow(layout, options.tensors))
      const batches = Math.max(1, Math.floor(Math.min(WINDOW_ROWS, WINDOW_BYTES / width) / batch))
      for (let start = 0; start < positions.length; start += batch * batches) {
        assertNotAborted(signal)
        const some = Array.from(positions.subarray(start, start + batch * batches))
        const window = widened(await track(() => read<Field>(some, fields, options.tensors)))
        for (let at = 0; at < window.length; at += batch) {
          assertNotAborted(signal)
          yield batches === 1 ? window : slice(window, at, Math.min(at + batch, window.length))
        }
      }
    },
    search: async (query, options) => (await searchMany([query], options))[0]!,
    searchMany,
    count: (filter = {}) => track(() => backend.count(filterOf(filter))),
    optimize: (options = {}) =>
      write(async () => {
        assertIndex(backend, options.index)
        return backend.optimize(options)
      }),
    searchIndex: (filter = {}) => track(() => backend.searchIndex(filterOf(filter))),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function filterOf({ split, label, hash }: RowFilter): RowFilter {
  return { ...(split !== undefined && { split }), ...(label !== undefined && { label }), ...(hash !== undefined && { hash }) }
}

/** Rows in the store’s own element type. */
type StoredBatch<Field extends RowField> = StoreBatch<Field, Tensor | Tensor<'float16'>>

function noRows({ dtype, tensors }: StoreLayout, name: string): Tensor | Tensor<'float16'> {
  const shape = [0, ...tensors[name]!]
  return dtype === 'float16' ? { dtype, data: new Uint16Array(), shape } : { dtype, data: new Float32Array(), shape }
}

function widened<Field extends RowField>(batch: StoredBatch<Field>): StoreBatch<Field> {
  const tensors = Object.entries(batch.tensors).map(
    ([name, { data, shape }]) => [name, { dtype: 'float32', data: widen(data), shape }] as const,
  )
  return { ...batch, tensors: Object.fromEntries(tensors) }
}

function slice<Field extends RowField>({ rows, tensors }: StoreBatch<Field>, start: number, end: number): StoreBatch<Field> {
  const part = ({ data, shape: [, ...shape] }: Tensor): Tensor => ({
    dtype: 'float32',
    data: data.slice(start * countElements(shape), end * countElements(shape)),
    shape: [end - start, ...shape],
  })
  return {
    length: end - start,
    rows: rows.slice(start, end),
    tensors: Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, part(tensor)])),
  }
}

function assertTensors(store: string, held: Readonly<Record<string, unknown>>, names: readonly string[] | undefined): void {
  const missing = names?.find((name) => !Object.hasOwn(held, name))
  if (missing === undefined) return
  throw new DinokitError('tensor-missing', `The store ${store} holds no ${missing}.`, {
    given: missing,
    expected: `some of ${Object.keys(held).join(', ')}`,
    hint: 'Index the images again into another store, with the outputs that you need.',
  })
}

function assertIndex({ name, indexes }: StoreBackend, index: SearchIndexKind | undefined): void {
  if (index === undefined || indexes.includes(index)) return
  throw new DinokitError('invalid-option', `The store ${name} can’t have an index ${index}.`, {
    given: index,
    expected: indexes.join(', '),
    ...(indexes.length === 1 && { hint: 'It is searched exactly, without an index.' }),
  })
}
