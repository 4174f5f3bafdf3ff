import { MODEL_CARDS } from '@dinokit/core'
import { expect, test } from 'vitest'
import { detectLayout, storedNames } from './layout.ts'
import { listParameters } from './parameters.ts'

test.each(MODEL_CARDS)('$id has as many parameters as its card says', ({ architecture, parameters }) => {
  const count = listParameters(architecture).reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0)
  expect(count).toBe(parameters)
})

test('the published numbers of parameters', () => {
  const published = { 'dinov2-small': 22_056_576, 'dinov2-base': 86_580_480, 'dinov2-large': 304_368_640, 'dinov2-giant': 1_136_480_768 }
  expect(Object.fromEntries(MODEL_CARDS.filter(({ id }) => id in published).map(({ id, parameters }) => [id, parameters]))).toEqual(
    published,
  )
})

test.each(['', 'module.', 'teacher.backbone.'])('both layouts are recognized behind the prefix %j', (prefix) => {
  for (const layout of ['meta', 'huggingface'] as const) {
    const names = listParameters(MODEL_CARDS[1]!.architecture).flatMap(({ name }) =>
      storedNames(layout, name).map((stored) => prefix + stored),
    )
    expect(new Set(names).size).toBe(names.length)
    expect(detectLayout([...names, 'head.weight'])).toEqual({ layout, prefix })
  }
})

test('a file without a backbone has no layout', () => {
  expect(detectLayout(['fc.weight', 'fc.bias', 'x.cls_token'])).toBeUndefined()
})
