import { tensor, type Tensor } from '@dinokit/core'
import { largestDifference, ownGoldens, type Golden } from '@dinokit/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { productsOf } from '@dinokit/core/vectors'
import { unitTokens } from '../lib/unit-tokens.ts'
import { averageLinkage } from './average-linkage.ts'
import { logBins } from './log-bins.ts'
import { matchPatches } from './match-patches.ts'
import type { PatchMatch } from './patch-match.ts'
import { segmentByClusters } from './segment-by-clusters.ts'
import { segmentByExample } from './segment-by-example.ts'

const code = (expected: string): unknown => expect.objectContaining({ code: expected })
const flat = (matches: readonly PatchMatch[]): number[] =>
  matches.flatMap(({ from, to, similarity }) => [from.row, from.column, to.row, to.column, similarity])
const read = (golden: Golden, name: string): Tensor => tensor('float32', golden[name]!.data as Float32Array, golden[name]!.shape)

describe('matchPatches', () => {
  let golden: Golden
  let [a, b]: Tensor[] = []
  beforeAll(async () => {
    golden = await ownGoldens.tensors('analysis/matches.safetensors')
    a = read(golden, 'a')
    b = read(golden, 'b')
  })

  test('finds numpy’s mutual neighbors, placed between patches', () => {
    const all = matchPatches(a!, b!, { agreeing: 0 })
    expect(all.length).toBeGreaterThan(20)
    expect(largestDifference(flat(all), golden.matches!.data as Float32Array)).toBeLessThan(1e-5)
  })

  test('keeps those that numpy finds to move as others around them do', () => {
    const kept = matchPatches(a!, b!, { agreeing: 3 })
    expect(kept.length).toBeGreaterThan(10)
    expect(kept.length).toBeLessThan(golden.matches!.shape[0]!)
    expect(largestDifference(flat(kept), golden.agreeing!.data as Float32Array)).toBeLessThan(1e-5)
  })

  test('matches an image with itself patch by patch, and only where asked to', () => {
    const only = tensor(
      'bool',
      Uint8Array.from({ length: 42 }, (_, i) => Number(i < 3)),
      [6, 7],
    )
    const matches = matchPatches(a!, a!, { temperature: false, only })
    expect(matches.map(({ from }) => from.column).sort()).toEqual([0, 1, 2])
    for (const { from, to, similarity } of matches) expect([to, similarity.toFixed(5)]).toEqual([from, '1.00000'])
    expect(matchPatches(a!, b!, { least: 1.01 })).toEqual([])
  })

  test('describes patches by what is around them as numpy does', () => {
    const bins = logBins(a!)
    expect(bins.shape).toEqual([6, 7, 136])
    const chosen = [0, 5].flatMap((row) =>
      [0, 3, 6].flatMap((column) => [...bins.data.subarray((row * 7 + column) * 136).subarray(0, 136)]),
    )
    expect(largestDifference(chosen, golden.bins!.data as Float32Array)).toBeLessThan(1e-6)
  })

  test('rejects grids of different models, NaN, and a temperature of 0', () => {
    expect(() => matchPatches(a!, tensor('float32', new Float32Array(6), [1, 1, 6]))).toThrow(code('tensor-invalid'))
    expect(() => matchPatches(tensor('float32', a!.data.slice().fill(NaN, 0, 1), a!.shape), b!)).toThrow(code('tensor-invalid'))
    expect(() => matchPatches(a!, b!, { only: tensor('bool', new Uint8Array(2), [1, 2]) })).toThrow(code('tensor-invalid'))
    expect(() => matchPatches(a!, b!, { temperature: 0 })).toThrow(code('invalid-option'))
  })
})

describe('segmentByExample', () => {
  test('equals numpy’s difference to the nearest prototypes', async () => {
    const golden = await ownGoldens.tensors('analysis/example.safetensors')
    const examples = { inside: read(golden, 'inside'), outside: read(golden, 'outside') }
    const difference = segmentByExample(read(golden, 'grid'), examples, { inside: 3, outside: 4 })
    expect(difference.shape).toEqual([5, 6])
    expect(largestDifference(difference.data, golden.difference!.data as Float32Array)).toBeLessThan(1e-5)
  })

  test('groups patches as scikit-learn does, and scores the groups as numpy does', async () => {
    const golden = await ownGoldens.tensors('analysis/example.safetensors')
    const grid = read(golden, 'grid')
    const units = unitTokens(grid)
    const distances = productsOf(units, units, grid.shape[2]!).map((cosine) => 1 - cosine)
    const groups = averageLinkage(distances, 30, 0.4)
    expect([...groups]).toEqual([...golden.clusters!.data].map(Number))
    expect(Math.max(...groups)).toBeGreaterThan(2)
    const examples = { inside: read(golden, 'inside'), outside: read(golden, 'outside') }
    const scores = segmentByClusters(grid, examples)
    expect(largestDifference(scores.data, golden.scores!.data as Float32Array)).toBeLessThan(1e-5)
    expect(scores.data.some((score) => score > 0)).toBe(true)
  })

  test('rejects examples of one kind alone, and of other models', () => {
    const [one, none, other] = [1, 0, 3].map((count) => tensor('float32', new Float32Array(2 * count).fill(1), [count, 2]))
    const grid = tensor('float32', new Float32Array(2).fill(1), [1, 1, 2])
    expect(() => segmentByExample(grid, { inside: none!, outside: one! })).toThrow(code('label-invalid'))
    expect(() => segmentByExample(grid, { inside: one!, outside: none! })).toThrow(code('label-invalid'))
    const wide = tensor('float32', other!.data, [2, 3])
    expect(() => segmentByExample(grid, { inside: one!, outside: wide })).toThrow(code('tensor-invalid'))
  })
})
