import { tensor } from '@dinokit/core'
import { describe, expect, test } from 'vitest'
import { attentionOverPatches, attentionRow } from './attention-row.ts'

// Two heads of width 1, three tokens: the softmax is written out by hand below.
const query = tensor('float32', Float32Array.of(1, 2, 0, 0, -1, 1), [3, 2])
const key = tensor('float32', Float32Array.of(0, 0, 1, 1, 2, 3), [3, 2])
const softmax = (...logits: number[]): number[] => {
  const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0)
  return logits.map((logit) => Math.exp(logit) / sum)
}

describe('attentionRow', () => {
  test('is the softmax of scaled products, a head at a time', () => {
    const row = attentionRow({ query, key }, { heads: 2 })
    expect(row.shape).toEqual([2, 3])
    ;[...softmax(0, 1, 2), ...softmax(0, 2, 6)].forEach((value, i) => expect(row.data[i]).toBeCloseTo(value, 6))
    const last = attentionRow({ query, key }, { heads: 1, token: 2 })
    softmax(...[0, 0, 1].map((logit) => logit / Math.SQRT2)).forEach((value, i) => expect(last.data[i]).toBeCloseTo(value, 6))
  })

  test('does not overflow', () => {
    const large = tensor('float32', Float32Array.of(300, 0, 300, 0), [2, 2])
    expect([...attentionRow({ query: large, key: large }, { heads: 1 }).data]).toEqual([0.5, 0.5])
  })

  test('rejects tokens and heads that are not there', () => {
    for (const token of [-1, 3, 0.5]) {
      expect(() => attentionRow({ query, key }, { heads: 2, token })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
    }
    expect(() => attentionRow({ query, key }, { heads: 3 })).toThrow(expect.objectContaining({ code: 'tensor-invalid' }))
  })
})

test('takes one row of every head from a map', () => {
  const map = tensor(
    'float32',
    Float32Array.from({ length: 2 * 3 * 3 }, (_, i) => i),
    [2, 3, 3],
  )
  expect(attentionRow(map, { token: 1 })).toEqual(tensor('float32', Float32Array.of(3, 4, 5, 12, 13, 14), [2, 3]))
  expect(() => attentionRow(map, { token: 3 })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
})

test('leaves CLS and registers out of the map over patches', () => {
  const row = tensor(
    'float32',
    Float32Array.from({ length: 2 * 7 }, (_, i) => i),
    [2, 7],
  )
  expect(attentionOverPatches(row, [2, 2])).toEqual(tensor('float32', Float32Array.of(3, 4, 5, 6, 10, 11, 12, 13), [2, 2, 2]))
  expect(() => attentionOverPatches(row, [2, 4])).toThrow(expect.objectContaining({ code: 'tensor-invalid' }))
})
