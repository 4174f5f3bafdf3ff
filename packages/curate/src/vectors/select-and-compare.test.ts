import { tensor, type Tensor } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import { describe, expect, test } from 'vitest'
import { farthestRows } from './farthest-rows.ts'
import { neighborDistances } from './neighbor-distances.ts'
import { pairsAcross } from './pairs-across.ts'
import { selectSpread } from './select-spread.ts'
import { whiten } from './whiten.ts'

const [COUNT, DIM] = [700, 24]
const random = createRandom(5)
const rows = tensor(
  'float32',
  Float32Array.from({ length: COUNT * DIM }, () => random.uniform(-1, 1)),
  [COUNT, DIM],
)

function cosine(a: number, b: number, { data } = rows): number {
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < DIM; i++) {
    const [x, y] = [data[a * DIM + i]!, data[b * DIM + i]!]
    ab += x * y
    aa += x * x
    bb += y * y
  }
  return ab / Math.sqrt(aa * bb)
}

const indices = Array.from({ length: COUNT }, (_, row) => row)

describe('rows that are compared', () => {
  test('are as far from their neighbors as sorting all says', async () => {
    const distances = await neighborDistances(rows, 5)
    for (const row of [0, 1, 511, 512, 699]) {
      const others = indices.filter((other) => other !== row).map((other) => 1 - cosine(row, other))
      expect(distances[row]).toBeCloseTo(others.sort((a, b) => a - b)[4]!, 5)
    }
    expect(await neighborDistances(tensor('float32', new Float32Array(DIM).fill(1), [1, DIM]), 5)).toEqual(new Float64Array(1))
    expect([...(await neighborDistances(tensor('float32', new Float32Array(2 * DIM).fill(1), [2, DIM]), 5))]).toEqual([
      expect.closeTo(0, 6),
      expect.closeTo(0, 6),
    ])
  })

  test('are found in the order of their distances to neighbors, equal ones too', async () => {
    const ranked = async (vectors: Tensor): Promise<object[]> =>
      Array.from(await neighborDistances(vectors, 5), (distance, row) => ({ row, distance })).sort((a, b) => b.distance - a.distance)
    const expected = await ranked(rows)
    for (const top of [1, 40, 9999]) expect(await farthestRows(rows, { nearest: 5, top }), `${top}`).toEqual(expected.slice(0, top))
    // More than one block of the sample, in groups that most rows are ruled out by.
    const grouped = { ...rows, data: new Float32Array(2500 * DIM), shape: [2500, DIM] }
    for (let at = 0; at < grouped.data.length; at++)
      grouped.data[at] = rows.data[at % (40 * DIM)]! + random.uniform(-0.2, 0.2) * (at < 30 * DIM ? 5 : 1)
    expect(await farthestRows(grouped, { nearest: 5, top: 25 })).toEqual((await ranked(grouped)).slice(0, 25))
    const equal = tensor('float32', new Float32Array(600 * DIM).fill(1), [600, DIM])
    const same = await farthestRows(equal, { nearest: 5, top: 3 })
    expect(same).toEqual(same.map(({ row }) => ({ row, distance: expect.closeTo(0, 6) as number })))
    expect(same).toHaveLength(3)
    expect(await farthestRows(tensor('float32', new Float32Array(DIM).fill(1), [1, DIM]), { nearest: 5, top: 3 })).toEqual([])
    await expect(farthestRows(rows, { nearest: 5, top: 0 })).rejects.toMatchObject({ code: 'invalid-option' })
  })

  test('are selected as plain greedy k-center selects them', async () => {
    const selected = await selectSpread(rows, 20)
    const expected = [0]
    while (expected.length < 20) {
      const nearest = indices.map((row) => (expected.includes(row) ? Infinity : Math.max(...expected.map((one) => cosine(row, one)))))
      expected.push(nearest.indexOf(Math.min(...nearest)))
    }
    expect(selected.map(({ row }) => row)).toEqual(expected)
    expect(await selectSpread(rows, 9999)).toHaveLength(COUNT)
    await expect(selectSpread(rows, 0)).rejects.toMatchObject({ code: 'invalid-option' })
    expect(await selectSpread(tensor('float32', new Float32Array(), [0, DIM]), 3)).toEqual([])
  })

  test('make the pairs of two sets that plain loops find', async () => {
    const expected = indices
      .slice(0, 300)
      .flatMap((one) => indices.slice(300).flatMap((other) => (cosine(one, other) >= 0.55 ? [`${one} ${other}`] : [])))
    expect(expected.length).toBeGreaterThan(20)
    const found = await pairsAcross(rows, 300, { threshold: 0.55 })
    expect(found.map(({ one, other }) => `${one} ${other}`).sort()).toEqual(expected.sort())
    expect(await pairsAcross(rows, 0, { threshold: 0.5 })).toEqual([])
  })

  test('are whitened so that they vary in all directions alike', () => {
    const stretched = { ...rows, data: rows.data.map((value, at) => value * (1 + (at % DIM)) + (at % DIM)) }
    const white = whiten(stretched)
    const variances = Array.from({ length: DIM }, (_, i) => {
      const column = indices.map((row) => white.data[row * DIM + i]!)
      expect(column.reduce((sum, value) => sum + value, 0) / COUNT).toBeCloseTo(0, 4)
      return column.reduce((sum, value) => sum + value * value, 0) / COUNT
    })
    // 24 directions of 576 times the variance, of which a tenth of the mean is left as it was.
    for (const variance of variances.slice(DIM / 2)) expect(variance).toBeGreaterThan(0.6)
    expect(Math.max(...variances)).toBeLessThan(1)
    expect(() => whiten(tensor('float32', new Float32Array(4 * DIM).fill(2), [4, DIM]))).toThrow(
      expect.objectContaining({ code: 'tensor-invalid' }) as Error,
    )
  })
})
