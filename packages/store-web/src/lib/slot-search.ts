import { createVectorTable, type VectorTable } from '@dinokit/core/vectors'
import { createTopList, isAmongBest, keepBest, type Scored } from '@dinokit/store'

/** Most bytes of vectors that are kept in memory to be searched; beyond, all are read from the file each time. */
const MOST_BYTES = 1_000_000_000
/** Slots of one read. */
const BLOCK = 2048
/** Share of the slots that may have come since the table was made: they are read each time. */
const MOST_NEWER = 0.1
/** Queries of one pass over the table. */
const TOGETHER = 4
/** Slots that are compared again in double precision, beside those that are wanted: products in 32 bits may put near ones in another order. */
const MORE = 8

/** Source of a store's vectors. */
export interface VectorSource {
  readonly dim: number
  /** Reads vectors of slots. */
  read(slots: readonly number[]): Float32Array
}

/** Question to the vectors of a store. */
interface SlotQuestion {
  readonly queries: readonly Float32Array[]
  readonly top: number
  /** [slots], 1 for those that are meant. */
  readonly live: Uint8Array
}

/** Exact search of the vectors of a store, which are kept in memory from the first search on. */
export interface SlotSearch {
  /** Finds the nearest slots to each query, nearest first; of equals, the one that came first. */
  nearest(question: SlotQuestion): Scored[][]
}

/** Makes the search of a store's vectors; a slot's vector never changes. */
export function createSlotSearch(source: VectorSource): SlotSearch {
  let table: VectorTable | undefined
  let most = Math.floor(MOST_BYTES / 4 / source.dim)
  const make = (slots: number): VectorTable | undefined => {
    try {
      return createVectorTable(source.dim, slots, (to) =>
        eachBlock(0, slots, (some, first) => to.set(unitsOf(source.read(some), source.dim), first * source.dim)),
      )
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause
      // There is not so much memory.
      most = slots - 1
      return undefined
    }
  }
  const tableOf = (slots: number): VectorTable | undefined => {
    if (slots > most || slots === 0) table = undefined
    else if (!table || slots - table.count > MOST_NEWER * slots) {
      // The old one is let go first: both might not fit.
      table = undefined
      table = make(slots)
    }
    return table
  }
  return {
    nearest({ queries, top, live }) {
      const held = tableOf(live.length)
      const found: Scored[][] = []
      for (let start = 0; held && start < queries.length; start += TOGETHER) {
        const some = queries.slice(start, start + TOGETHER)
        const products = held.products(joined(some, source.dim))
        some.forEach((_, i) => found.push(bestOf(products.subarray(i * held.count, (i + 1) * held.count), live, top + MORE)))
      }
      // What came since, and the best of the others once more, in double precision.
      const lists = queries.map((query) => createTopList(query, top))
      lists.forEach((list, i) => {
        const places = (found[i] ?? []).map(({ position }) => position).sort((a, b) => a - b)
        if (places.length > 0) list.add(source.read(places), (row) => places[row])
      })
      eachBlock(held?.count ?? 0, live.length, (some) => {
        if (!some.some((slot) => live[slot])) return
        const vectors = source.read(some)
        for (const list of lists) list.add(vectors, (row) => (live[some[row]!] ? some[row] : undefined))
      })
      return lists.map((list) => list.sorted())
    },
  }
}

function eachBlock(from: number, to: number, work: (slots: readonly number[], first: number) => void): void {
  for (let first = from; first < to; first += BLOCK)
    work(
      Array.from({ length: Math.min(BLOCK, to - first) }, (_, row) => first + row),
      first,
    )
}

function unitsOf(vectors: Float32Array, dim: number): Float32Array {
  for (let at = 0; at < vectors.length; at += dim) {
    let square = 0
    for (let i = at; i < at + dim; i++) square += vectors[i]! * vectors[i]!
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0
    for (let i = at; i < at + dim; i++) vectors[i]! *= scale
  }
  return vectors
}

function joined(vectors: readonly Float32Array[], dim: number): Float32Array {
  const all = new Float32Array(vectors.length * dim)
  vectors.forEach((vector, i) => all.set(vector, i * dim))
  return all
}

function bestOf(products: Float32Array, live: Uint8Array, top: number): Scored[] {
  const best: Scored[] = []
  for (let position = 0; position < products.length; position++) {
    const similarity = products[position]!
    if (live[position] && isAmongBest(best, similarity, top)) keepBest(best, { position, similarity }, top)
  }
  return best
}
