import { DinokitError, type Tensor } from '@dinokit/core'
import { createStore } from './create-store.ts'
import { matchesFilter } from './contract/matches-filter.ts'
import { createTopList } from './contract/top-list.ts'
import { widen } from './contract/widen.ts'
import type { StoreBackend, StoreColumns } from './contract/store-backend.ts'
import { EXACT_SEARCH } from './contract/search-index.ts'
import { countElements, searchedTensor, type StoreLayout } from './contract/store-layout.ts'
import type { RowField, RowInfo, Store } from './contract/store.ts'

/** A row as it is held: its own slice of what was written. */
interface Held {
  readonly info: RowInfo
  readonly tensors: Readonly<Record<string, Float32Array | Uint16Array>>
}

/**
 * A store in memory: gone with the process. For a few images, for tests, and as the plainest reading of the contract.
 *
 * @param layout - the model, the tensors and the element type
 */
export function createMemoryStore(layout: StoreLayout): Store {
  return createStore(createMemoryBackend(layout))
}

function createMemoryBackend(layout: StoreLayout): StoreBackend {
  const held = new Map<number, Held>()
  const byId = new Map<string, number>()
  let next = 0
  const near = searchedTensor(layout)
  const matching = (filter: Parameters<StoreBackend['positions']>[0]): number[] =>
    [...held].filter(([, { info }]) => matchesFilter(info, filter)).map(([position]) => position)
  return {
    name: 'memory',
    layout,
    writable: true,
    indexes: ['flat'],
    count: async (filter) => matching(filter).length,
    positions: async (filter) => Float64Array.from(matching(filter)),
    find: async (ids) =>
      new Map(
        ids.flatMap((id) => {
          const position = byId.get(id)
          return position === undefined ? [] : [[id, position] as const]
        }),
      ),
    async read(positions, fields, tensors) {
      const rows = positions.map((position) => rowAt(held, position))
      return {
        rows: rows.map(({ info }) => pick(info, fields)),
        tensors: Object.fromEntries(tensors.map((name) => [name, gather(rows, name, layout)])),
      }
    },
    async write({ rows, tensors }) {
      rows.forEach((info, index) => {
        held.delete(byId.get(info.id) ?? -1)
        byId.set(info.id, next)
        held.set(next++, { info, tensors: sliceRow(tensors, index) })
      })
    },
    async relabel(changes) {
      const rows = changes.map(({ position }) => rowAt(held, position))
      for (const { info } of rows) byId.delete(info.id)
      changes.forEach(({ position, to }, index) => {
        const { info, tensors } = rows[index]!
        byId.set(to.id, position)
        held.set(position, { info: { ...to, hash: info.hash, placement: info.placement }, tensors })
      })
    },
    async remove(positions) {
      for (const position of positions) {
        byId.delete(rowAt(held, position).info.id)
        held.delete(position)
      }
    },
    refresh: async () => {},
    async nearest(queries, { top, fields, vectors, ...filter }) {
      const lists = queries.map((query) => createTopList(query, top))
      for (const [position, { info, tensors }] of held) {
        if (!matchesFilter(info, filter)) continue
        const vector = widen(tensors[near]!)
        for (const best of lists) best.add(vector, () => position)
      }
      return lists.map((best) =>
        best.sorted().map(({ position, similarity }) => {
          const { info, tensors } = rowAt(held, position)
          return { ...pick(info, fields), ...(vectors && { vector: widen(tensors[near]!) }), similarity }
        }),
      )
    },
    optimize: async () => EXACT_SEARCH,
    searchIndex: async () => EXACT_SEARCH,
    async close() {
      held.clear()
      byId.clear()
    },
  }
}

function rowAt(held: ReadonlyMap<number, Held>, position: number): Held {
  const row = held.get(position)
  if (row) return row
  throw new DinokitError('store-invalid', 'A row was replaced while the store was read.', { hint: 'Read again.' })
}

function pick(info: RowInfo, fields: readonly RowField[]): Partial<RowInfo> {
  return Object.fromEntries(fields.flatMap((field) => (info[field] === undefined ? [] : [[field, info[field]]])))
}

function sliceRow(tensors: StoreColumns['tensors'], index: number): Held['tensors'] {
  return Object.fromEntries(
    Object.entries(tensors).map(
      ([
        name,
        {
          data,
          shape: [, ...shape],
        },
      ]) => {
        const width = countElements(shape)
        return [name, data.slice(index * width, (index + 1) * width)]
      },
    ),
  )
}

function gather(rows: readonly Held[], name: string, { dtype, tensors }: StoreLayout): Tensor | Tensor<'float16'> {
  const width = countElements(tensors[name]!)
  const shape = [rows.length, ...tensors[name]!]
  const data = dtype === 'float32' ? new Float32Array(rows.length * width) : new Uint16Array(rows.length * width)
  rows.forEach((row, index) => data.set(row.tensors[name]!, index * width))
  return data instanceof Float32Array ? { dtype: 'float32', data, shape } : { dtype: 'float16', data, shape }
}
