import { tensor, type Facets } from '@dinokit/core'
import { largestDifference, ownGoldens, type Golden } from '@dinokit/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { objectHeads, selfSimilarity } from './object-heads.ts'

const [LAYERS, HEADS, TOKENS, PATCHES, DIM] = [3, 3, 17, 16, 9]
const OPTIONS = { heads: HEADS, patches: PATCHES }
const code = (expected: string): unknown => expect.objectContaining({ code: expected })

let golden: Golden
let facets: Record<number, Facets>
beforeAll(async () => {
  golden = await ownGoldens.tensors('analysis/heads.safetensors')
  const values = golden.facets!.data as Float32Array
  const part = (layer: number, index: number): Facets['key'] => {
    const start = (layer * 3 + index) * TOKENS * DIM
    return tensor('float32', values.subarray(start, start + TOKENS * DIM), [TOKENS, DIM])
  }
  facets = Object.fromEntries(
    Array.from({ length: LAYERS }, (_, layer) => [layer + 1, { query: part(layer, 0), key: part(layer, 1), value: part(layer, 2) }]),
  )
})

describe('objectHeads', () => {
  test('describes heads as numpy does, and takes scikit-learn’s group of most heads of the last layer', () => {
    const maps = Object.values(facets).flatMap((layer) => selfSimilarity(layer, HEADS, PATCHES))
    expect(largestDifference(Float32Array.from(maps.flatMap((map) => [...map])), golden.maps!.data as Float32Array)).toBeLessThan(1e-6)
    const groups = [...(golden.groups!.data as Uint8Array)]
    const found = objectHeads(facets, { ...OPTIONS, clusters: 3 })
    const members = found.map(({ layer, head }) => groups[(layer - 1) * HEADS + head - 1])
    expect(new Set(members).size).toBe(1)
    expect(found).toHaveLength(groups.filter((group) => group === members[0]).length)
    const inLast = (group: number | undefined): number => groups.slice(-HEADS).filter((other) => other === group).length
    expect(inLast(members[0])).toBe(Math.max(...groups.map(inLast)))
    expect(found.map(({ distance }) => distance)).toEqual(found.map(({ distance }) => distance).toSorted((a, b) => a - b))
  })

  test('takes equal heads for one group, and rejects no layers, other heads and more patches than tokens', () => {
    const same = tensor('float32', new Float32Array(TOKENS * DIM).fill(1), [TOKENS, DIM])
    expect(objectHeads({ 1: { query: same, key: same, value: same } }, OPTIONS)).toHaveLength(HEADS)
    expect(() => objectHeads({}, OPTIONS)).toThrow(code('tensor-missing'))
    expect(() => objectHeads(facets, { ...OPTIONS, heads: 5 })).toThrow(code('tensor-invalid'))
    expect(() => objectHeads(facets, { ...OPTIONS, patches: 18 })).toThrow(code('tensor-invalid'))
  })
})
