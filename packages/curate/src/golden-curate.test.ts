import { tensor, type Tensor } from '@dinokit/core'
import { largestDifference, ownGoldens, type Golden } from '@dinokit/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { clusterRows, type RowClusters } from './clusters/cluster-rows.ts'
import { mapRows } from './map/map-rows.ts'
import { farthestRows } from './vectors/farthest-rows.ts'
import { groupSimilar } from './vectors/group-similar.ts'
import { neighborDistances } from './vectors/neighbor-distances.ts'
import { pairsAcross } from './vectors/pairs-across.ts'
import { selectSpread } from './vectors/select-spread.ts'
import { whiten } from './vectors/whiten.ts'

const [ROWS, TEST] = [120, 40]
let golden: Golden
let rows: Tensor
beforeAll(async () => {
  golden = await ownGoldens.tensors('curate/curate.safetensors')
  rows = matrix('rows')
})

const floats = (name: string): Float32Array => golden[name]!.data as Float32Array
const numbers = (name: string): number[] => Array.from(golden[name]!.data as Int32Array)
const matrix = (name: string): Tensor => tensor('float32', floats(name), golden[name]!.shape)
/** The pairs of a list of numbers, each `one other`. */
const pairs = (name: string): string[] => numbers(name).flatMap((one, at, all) => (at % 2 === 0 ? [`${one} ${all[at + 1]}`] : []))

/** Pairs of rows, each compared once: by their place among all of them twice. */
async function pairsWithin(vectors: Tensor, threshold: number): Promise<Map<string, number>> {
  const data = new Float32Array(2 * vectors.data.length)
  data.set(vectors.data)
  data.set(vectors.data, vectors.data.length)
  const found = await pairsAcross(tensor('float32', data, [2 * ROWS, vectors.shape[1]!]), ROWS, { threshold })
  return new Map(
    found.flatMap(({ one, other, similarity }) => (one < other - ROWS ? [[`${one} ${other - ROWS}`, similarity] as const] : [])),
  )
}

describe('the same rows as numpy and scikit-learn', () => {
  test('have the same pairs and groups of duplicates, plain and whitened', async () => {
    expect([...(await pairsWithin(rows, 0.99)).keys()].sort()).toEqual(pairs('duplicates').sort())
    const stands = Array.from({ length: ROWS }, (_, row) => row)
    for (const { kept, others } of await groupSimilar(rows, { threshold: 0.99 })) for (const { row } of others) stands[row] = kept
    expect(stands).toEqual(numbers('groups'))
    const white = await pairsWithin(whiten(rows), 0.7)
    expect([...white.keys()].sort()).toEqual(pairs('white_pairs').sort())
    const similarity = pairs('white_pairs').map((pair) => white.get(pair)!)
    expect(largestDifference(similarity, floats('white_similarity'))).toBeLessThan(1e-4)
  })

  test('have the same leaks, distances to neighbors, and diverse subset', async () => {
    const leaks = await pairsAcross(rows, TEST, { threshold: 0.98 })
    expect(leaks.map(({ one, other }) => `${one} ${other}`).sort()).toEqual(pairs('leaks').sort())
    expect(largestDifference(await neighborDistances(rows, 5), floats('outliers'))).toBeLessThan(1e-6)
    const far = await farthestRows(rows, { nearest: 5, top: 10 })
    for (const { row, distance } of far) expect(distance).toBeCloseTo(floats('outliers')[row]!, 6)
    expect(far.map(({ row }) => row)).toEqual(
      [...floats('outliers').keys()].sort((a, b) => floats('outliers')[b]! - floats('outliers')[a]!).slice(0, 10),
    )
    const diverse = await selectSpread(rows, 15)
    expect(diverse.map(({ row }) => row)).toEqual(numbers('diverse'))
    expect(
      largestDifference(
        diverse.map(({ similarity }) => similarity),
        floats('diverse_similarity'),
      ),
    ).toBeLessThan(1e-6)
  })

  test.each([
    ['means', 'initial', 20],
    ['early', 'initial', 2],
    ['relocated', 'far', 20],
  ])('have the same clusters: %s, from %s centers', async (name, initial, most) => {
    const found = await clusterRows(rows, golden[initial]!.shape[0]!, { measure: 'euclidean', rounds: most, initial: matrix(initial) })
    expectClusters(found, name)
    expect([found.rounds, found.settled]).toEqual([numbers(`${name}_rounds`)[0], name !== 'early'])
  })

  test('have the same clusters by direction', async () => {
    expectClusters(await clusterRows(rows, 6, { initial: matrix('initial') }), 'spherical')
  })

  test('have the same places on a map of principal components', async () => {
    const { places, explained } = await mapRows(rows, { method: 'pca' })
    expect(largestDifference(places, floats('map'))).toBeLessThan(1e-5)
    expect(largestDifference(explained!, floats('explained'))).toBeLessThan(1e-5)
  })
})

function expectClusters({ labels, centers, inertia, medoids, distances }: RowClusters, name: string): void {
  expect([...labels]).toEqual(numbers(`${name}_labels`))
  expect(largestDifference(centers.data, floats(`${name}_centers`))).toBeLessThan(1e-4)
  const [expected] = floats(`${name}_inertia`)
  expect(Math.abs(inertia - expected!)).toBeLessThan(1e-5 * expected!)
  medoids.forEach((medoid, label) => {
    expect(labels[medoid]).toBe(label)
    expect(distances[medoid]).toBe(Math.min(...distances.filter((_, row) => labels[row] === label)))
  })
}
