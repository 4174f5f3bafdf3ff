import { createRandom } from '@dinokit/core/augment'
import { expect, test } from 'vitest'
import { createSlotSearch } from './slot-search.ts'

test('finds what sorting all finds: of slots that are meant, among those that came since, of equals the first, and past zeros', () => {
  for (const dim of [12, 7]) {
    const random = createRandom(dim)
    const vectors = Array.from({ length: 2500 }, () => Float32Array.from({ length: dim }, () => random.uniform(-1, 1)))
    vectors[30] = vectors[2400] = vectors[7]!.map((value) => 2 * value)
    vectors[5] = new Float32Array(dim)
    let reads = 0
    const search = createSlotSearch({
      dim,
      read(slots) {
        reads += slots.length
        return Float32Array.from(slots.flatMap((slot) => [...vectors[slot]!]))
      },
    })
    const queries = [vectors[7]!, ...Array.from({ length: 5 }, () => Float32Array.from({ length: dim }, () => random.uniform(-1, 1)))]
    const cosine = (a: Float32Array, b: Float32Array): number =>
      a.reduce((sum, value, i) => sum + value * b[i]!, 0) / (Math.hypot(...a) * Math.hypot(...b) || 1)
    const ask = (live: Uint8Array): void => {
      const found = search.nearest({ queries, top: 6, live })
      queries.forEach((query, i) => {
        const expected = [...live.keys()]
          .filter((slot) => live[slot])
          .map((position) => ({ position, similarity: cosine(vectors[position]!, query) }))
          .sort((a, b) => (Math.abs(a.similarity - b.similarity) < 1e-9 ? a.position - b.position : b.similarity - a.similarity))
          .slice(0, 6)
        expect(found[i]!.map(({ position }) => position)).toEqual(expected.map(({ position }) => position))
        found[i]!.forEach(({ similarity }, at) => expect(similarity).toBeCloseTo(expected[at]!.similarity, 6))
      })
    }
    ask(new Uint8Array(2000).fill(1))
    // The vectors are read once: later only those that are compared again.
    reads = 0
    ask(Uint8Array.from({ length: 2000 }, (_, slot) => Number(slot % 7 === 0)))
    expect(reads).toBeLessThan(queries.length * 20)
    ask(new Uint8Array(2100).fill(1))
    ask(new Uint8Array(2500).fill(1))
    ask(new Uint8Array(3).fill(1))
    expect(search.nearest({ queries: [queries[0]!], top: 3, live: new Uint8Array() })).toEqual([[]])
  }
})
