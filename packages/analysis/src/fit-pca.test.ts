import { tensor } from '@dinokit/core'
import { describe, expect, test } from 'vitest'
import { cosineSimilarity } from './cosine-similarity.ts'
import { fitPca } from '@dinokit/core/vectors'
import { pcaColors } from './pca-colors.ts'

const vector = (...values: number[]): ReturnType<typeof tensor<'float32'>> => tensor('float32', Float32Array.from(values), [values.length])

describe('fitPca', () => {
  test('finds the axes and variances of a known distribution', () => {
    // Points at ±9 along (3, 4, 0) / 5, ±5 along (-4, 3, 0) / 5, ±1 along z, around (10, 20, 30).
    const axes = [
      [0.6, 0.8, 0],
      [-0.8, 0.6, 0],
      [0, 0, 1],
    ]
    const points = axes.flatMap((axis, i) => [1, -1].map((sign) => axis.map((part, k) => [10, 20, 30][k]! + part * sign * [9, 5, 1][i]!)))
    const { mean, components, variances } = fitPca([tensor('float32', Float32Array.from(points.flat()), [6, 3])])
    expect([...mean].map((value) => Math.round(value * 1e4) / 1e4)).toEqual([10, 20, 30])
    components.forEach((component, i) => {
      const along = component.reduce((sum, value, k) => sum + value * axes[i]![k]!, 0)
      expect(Math.abs(along)).toBeCloseTo(1, 6)
    })
    const expected = [81 / 3, 25 / 3, 1 / 3]
    variances.forEach((variance, i) => expect(variance).toBeCloseTo(expected[i]!, 5))
  })

  test('finds the directions that vary most where variances are close to each other', () => {
    const [dim, count] = [24, 200]
    let state = 5
    const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647
    // Variances of 1, .98, .96 and so on, along axes that are turned into each other.
    const data = Float32Array.from({ length: count * dim }, (_, i) => Math.sqrt(1 - 0.02 * (i % dim)) * (random() - 0.5))
    const { mean, components, variances } = fitPca([tensor('float32', data, [count, dim])])
    const covariance = Array.from({ length: dim }, (_, a) =>
      Array.from({ length: dim }, (_, b) => {
        let sum = 0
        for (let row = 0; row < count; row++) sum += (data[row * dim + a]! - mean[a]!) * (data[row * dim + b]! - mean[b]!)
        return sum / count
      }),
    )
    const times = (vector: ArrayLike<number>): number[] =>
      covariance.map((row) => row.reduce((sum, value, i) => sum + value * vector[i]!, 0))
    components.forEach((component, index) => {
      times(component).forEach((value, i) => expect(value).toBeCloseTo(variances[index]! * component[i]!, 6))
    })
    // What is left beside these directions, by plain power iteration.
    let rest = Array.from({ length: dim }, (_, i) => 1 + i)
    let left = 0
    for (let round = 0; round < 3000; round++) {
      for (const component of components) {
        const share = component.reduce((sum, value, i) => sum + value * rest[i]!, 0)
        rest = rest.map((value, i) => value - share * component[i]!)
      }
      const length = Math.hypot(...rest)
      rest = rest.map((value) => value / length)
      const next = times(rest)
      left = next.reduce((sum, value, i) => sum + value * rest[i]!, 0)
      rest = next
    }
    expect(left).toBeGreaterThan(0.9 * variances[2]!)
    expect(left).toBeLessThan(variances[2]!)
    expect(variances).toEqual(variances.toSorted((a, b) => b - a))
  })

  test('stays orthonormal where variance runs out', () => {
    const { components } = fitPca([tensor('float32', new Float32Array(8 * 5).fill(1), [8, 5])])
    components.forEach((a, i) => {
      components.forEach((b, j) => expect(a.reduce((sum, value, k) => sum + value * b[k]!, 0)).toBeCloseTo(i === j ? 1 : 0, 6))
    })
  })

  test('rejects too few vectors, and vectors of several lengths', () => {
    const invalid = expect.objectContaining({ code: 'tensor-invalid' })
    expect(() => fitPca([])).toThrow(invalid)
    expect(() => fitPca([tensor('float32', new Float32Array(4), [2, 2])])).toThrow(invalid)
    expect(() => fitPca([tensor('float32', new Float32Array(16), [4, 4]), tensor('float32', new Float32Array(15), [5, 3])])).toThrow(
      invalid,
    )
  })
})

test('gives like patches like colors, and unlike ones unlike', () => {
  const [red, blue] = [
    [9, 0, 0, 1],
    [0, 9, 1, 0],
  ]
  const grid = tensor('float32', Float32Array.from([red, red, blue, blue, red, blue].flatMap((row) => row)), [2, 3, 4])
  const [colors] = pcaColors(fitPca([grid]), [grid])
  const at = (i: number): number[] => [...colors!.data.subarray(i * 3, i * 3 + 3)]
  expect(colors).toMatchObject({ width: 3, height: 2 })
  expect(at(0)).toEqual(at(1))
  expect(at(2)).toEqual(at(5))
  expect(Math.abs(at(0)[0]! - at(2)[0]!)).toBe(255)
})

test('computes the cosine of two vectors', () => {
  expect(cosineSimilarity(vector(1, 2), vector(2, 4))).toBeCloseTo(1, 12)
  expect(cosineSimilarity(vector(1, 0), vector(0, 3))).toBe(0)
  expect(cosineSimilarity(vector(1, 1), vector(-1, -1))).toBeCloseTo(-1, 12)
  expect(cosineSimilarity(vector(0, 0), vector(1, 1))).toBe(0)
  expect(() => cosineSimilarity(vector(1), vector(1, 2))).toThrow(expect.objectContaining({ code: 'tensor-invalid' }))
})
