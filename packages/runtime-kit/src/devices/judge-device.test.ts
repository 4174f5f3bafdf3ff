import { tensor } from '@dinokit/core'
import { expect, test } from 'vitest'
import { leastCosine, objectionTo } from './judge-device.ts'

const rows = (...values: number[]): { tokens: ReturnType<typeof tensor<'float32'>> } => ({
  tokens: tensor('float32', Float32Array.from(values), [1, values.length / 2, 2]),
})

test('finds the smallest cosine of a token, and what is not a number', () => {
  expect(leastCosine(rows(1, 0, 3, 4), rows(2, 0, 3, 4))).toBe(1)
  expect(leastCosine(rows(1, 0, 0, 1), rows(1, 0, 1, 1))).toBeCloseTo(Math.SQRT1_2, 6)
  expect(leastCosine(rows(1, 0, NaN, 1), rows(1, 0, 1, 1))).toBeNaN()
  expect(leastCosine(rows(0, 0), rows(0, 0))).toBe(1)
  expect(() => leastCosine(rows(1, 0), rows(1, 0, 1, 1))).toThrow('tokens')
})

test('objects to other tokens, to NaN and to what is no faster, by the precision', () => {
  const good = { cosine: 0.99995, deviceMs: 1, processorMs: 2 }
  expect(objectionTo('webgpu', 'float32', good)).toBeUndefined()
  expect(objectionTo('webgpu', 'float32', { ...good, cosine: 0.9995 })).toContain('other tokens')
  expect(objectionTo('webgpu', 'float16', { ...good, cosine: 0.9995 })).toBeUndefined()
  expect(objectionTo('webgpu', 'float16', { ...good, cosine: 0.998 })).toContain('0.999 is needed')
  expect(objectionTo('webgpu', 'float32', { ...good, cosine: NaN })).toContain('not numbers')
  expect(objectionTo('webgpu', 'float32', { ...good, deviceMs: 2 })).toContain('no faster')
})
