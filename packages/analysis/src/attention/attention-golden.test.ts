import { tensor, type Facets, type Tensor } from '@dinokit/core'
import { largestDifference, ownGoldens, type Golden } from '@dinokit/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { attentionMaps } from './attention-maps.ts'
import { attentionRollout } from './attention-rollout.ts'
import { attentionOverPatches, attentionRow } from './attention-row.ts'
import { averagePrecision, rankHeads } from './rank-heads.ts'

const [LAYERS, HEADS, TOKENS, DIM] = [3, 2, 22, 8]
const code = (expected: string): unknown => expect.objectContaining({ code: expected })
let golden: Golden
let facets: Pick<Facets, 'query' | 'key'>[]
beforeAll(async () => {
  golden = await ownGoldens.tensors('analysis/attention.safetensors')
  facets = Array.from({ length: LAYERS }, (_, layer) => {
    const part = (name: string): Tensor =>
      tensor('float32', (golden[name]!.data as Float32Array).subarray(layer * TOKENS * DIM, (layer + 1) * TOKENS * DIM), [TOKENS, DIM])
    return { query: part('query'), key: part('key') }
  })
})

/** Whole attention of a layer, [heads][tokens][tokens]. */
function wholeAttention(layer: Pick<Facets, 'query' | 'key'>): Tensor {
  const rows = Array.from({ length: TOKENS }, (_, token) => attentionRow(layer, { heads: HEADS, token }).data)
  const data = Array.from({ length: HEADS }, (_, head) => rows.flatMap((row) => [...row.subarray(head * TOKENS, (head + 1) * TOKENS)]))
  return tensor('float32', Float32Array.from(data.flat()), [HEADS, TOKENS, TOKENS])
}

describe('attentionRollout', () => {
  test.each([
    [0, 'rollout_cls'],
    [9, 'rollout_9'],
  ])('equals numpy’s for token %i, from facets and from whole attention', (token, name) => {
    const expected = golden[name]!.data as Float32Array
    expect(largestDifference(attentionRollout(facets, { heads: HEADS, token }).data, expected)).toBeLessThan(1e-6)
    expect(largestDifference(attentionRollout(facets.map(wholeAttention), { token }).data, expected)).toBeLessThan(1e-6)
  })

  test('rejects no layers, layers of other images, and tokens that are not there', () => {
    const other = { query: tensor('float32', new Float32Array(8), [1, 8]), key: tensor('float32', new Float32Array(8), [1, 8]) }
    expect(() => attentionRollout([])).toThrow(code('tensor-invalid'))
    expect(() => attentionRollout([facets[0]!, other], { heads: HEADS })).toThrow(code('tensor-invalid'))
    expect(() => attentionRollout(facets, { heads: HEADS, token: TOKENS })).toThrow(code('invalid-option'))
  })
})

describe('average precision', () => {
  test('equals scikit-learn’s for each head, with equal scores too, and heads are ranked by it', () => {
    const expected = golden.average_precision!.data as Float32Array
    const target = tensor('bool', golden.target!.data as Uint8Array, [4, 5])
    const layers = new Map(facets.map((layer, i) => [i + 1, attentionOverPatches(attentionRow(layer, { heads: HEADS }), [4, 5])]))
    const ranked = rankHeads(layers, target)
    expect(ranked.map((rank) => rank.averagePrecision)).toEqual(ranked.map((rank) => rank.averagePrecision).toSorted((a, b) => b - a))
    for (const { layer, head, averagePrecision: precision } of ranked)
      expect(precision).toBeCloseTo(expected[(layer - 1) * HEADS + head - 1]!, 6)
    const tied = golden.tied!.data as Float32Array
    for (let head = 0; head < LAYERS * HEADS; head++)
      expect(averagePrecision(tied.subarray(head * 20, (head + 1) * 20), target.data)).toBeCloseTo(expected[LAYERS * HEADS + head]!, 6)
  })

  test('rejects an empty target, NaN and other lengths', () => {
    expect(() => averagePrecision([1, 2], [0, 0])).toThrow(code('label-invalid'))
    expect(() => averagePrecision([1, NaN], [0, 1])).toThrow(code('tensor-invalid'))
    expect(() => averagePrecision([1, 2, 3], [0, 1])).toThrow(code('tensor-invalid'))
  })
})

test('takes maps from attention, or from facets with the number of heads, and says what is missing', () => {
  const patches = tensor('float32', new Float32Array(20), [4, 5, 1])
  const whole = { attention: { 1: wholeAttention(facets[0]!) }, facets: {}, patches }
  const parts = { attention: {}, facets: { 1: facets[0]! as Facets }, patches }
  const maps = attentionMaps(whole, { layer: 1, token: 3 })
  expect(maps.shape).toEqual([HEADS, 4, 5])
  expect(attentionMaps(parts, { layer: 1, token: 3, heads: HEADS })).toEqual(maps)
  expect(() => attentionMaps(parts, { layer: 1 })).toThrow(code('tensor-missing'))
  expect(() => attentionMaps(whole, { layer: 2 })).toThrow(code('tensor-missing'))
})
