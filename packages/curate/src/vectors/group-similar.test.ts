import { createRandom } from '@dinokit/core/augment'
import { tensor, type Tensor } from '@dinokit/core'
import { describe, expect, test } from 'vitest'
import { groupSimilar } from './group-similar.ts'

/** Rows of which some are others, a little changed. */
function makeRows(count: number, dim: number): Tensor {
  const random = createRandom(28)
  const data = new Float32Array(count * dim)
  for (let row = 0; row < count; row++) {
    const of = row > 4 && random.chance(0.4) ? random.below(row) : -1
    for (let i = 0; i < dim; i++) data[row * dim + i] = of < 0 ? random.uniform(-1, 1) : data[of * dim + i]! + random.uniform(-0.2, 0.2)
  }
  return tensor('float32', data, [count, dim])
}

/** The same by comparing all with all. */
function plainly({ data, shape }: Tensor, threshold: number): Map<number, number[]> {
  const [count, dim] = shape as [number, number]
  const cosine = (a: number, b: number): number => {
    let [ab, aa, bb] = [0, 0, 0]
    for (let i = 0; i < dim; i++) {
      const [x, y] = [data[a * dim + i]!, data[b * dim + i]!]
      ab += x * y
      aa += x * x
      bb += y * y
    }
    return ab / Math.sqrt(aa * bb)
  }
  const groups = new Map<number, number[]>()
  const taken = new Set<number>()
  for (let a = 0; a < count; a++) {
    if (taken.has(a)) continue
    for (let b = a + 1; b < count; b++) {
      if (taken.has(b) || cosine(a, b) < threshold) continue
      taken.add(b)
      groups.set(a, [...(groups.get(a) ?? []), b])
    }
  }
  return groups
}

describe('groupSimilar', () => {
  test.each([
    [300, 96, 0.95],
    [1500, 64, 0.98],
    [60, 3, 0.9],
  ])('finds what comparing all with all finds: %i rows of %i, from %f', async (count, dim, threshold) => {
    const rows = makeRows(count, dim)
    const groups = await groupSimilar(rows, { threshold })
    const expected = plainly(rows, threshold)
    expect(expected.size).toBeGreaterThan(5)
    expect(new Map(groups.map(({ kept, others }) => [kept, others.map(({ row }) => row).sort((a, b) => a - b)]))).toEqual(expected)
  })

  test('keeps the first of an order, and joins no chains', async () => {
    // Each is 20 degrees from the next.
    const data = Float32Array.from(
      [0, 20, 40, 60].flatMap((angle) => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]),
    )
    const rows = tensor('float32', data, [4, 2])
    const threshold = Math.cos((25 * Math.PI) / 180)
    const sets = (groups: Awaited<ReturnType<typeof groupSimilar>>) =>
      groups.map(({ kept, others }) => [kept, ...others.map(({ row }) => row).sort((a, b) => a - b)])
    expect(sets(await groupSimilar(rows, { threshold }))).toEqual([
      [0, 1],
      [2, 3],
    ])
    expect(sets(await groupSimilar(rows, { threshold, order: [1, 0, 2, 3] }))).toEqual([[1, 0, 2]])
  })

  test('groups rows that are all equal, and finds nothing in one row or none', async () => {
    const equal = tensor('float32', new Float32Array(3000 * 8).fill(0.3), [3000, 8])
    const [group, ...rest] = await groupSimilar(equal, { threshold: 1 })
    expect([group!.kept, group!.others.length, rest.length]).toEqual([0, 2999, 0])
    expect(await groupSimilar(tensor('float32', new Float32Array(8).fill(1), [1, 8]), { threshold: 0.9 })).toEqual([])
    expect(await groupSimilar(tensor('float32', new Float32Array(), [0, 8]), { threshold: 0.9 })).toEqual([])
  })

  test('rejects NaN and zeros, naming the row, thresholds that are no cosine, and stops when it is canceled', async () => {
    const rows = makeRows(10, 4)
    for (const bad of [NaN, Infinity])
      await expect(
        groupSimilar({ ...rows, data: rows.data.map((value, i) => (i === 9 ? bad : value)) }, { threshold: 0.9 }),
      ).rejects.toMatchObject({ code: 'tensor-invalid', message: expect.stringContaining('Row 2') as string })
    await expect(groupSimilar({ ...rows, data: new Float32Array(40) }, { threshold: 0.9 })).rejects.toMatchObject({
      code: 'tensor-invalid',
    })
    for (const threshold of [95, NaN, -1]) await expect(groupSimilar(rows, { threshold })).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(groupSimilar(rows, { threshold: 0.9, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
  })
})
