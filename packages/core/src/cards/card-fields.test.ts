import { expect, test } from 'vitest'
import { parseCardFields, withCardFields } from './card-fields.ts'
import { findModelCard } from './model-registry.ts'

test.each([
  ['heads=16', { heads: 16 }],
  ['heads=16,interpolation=antialias,mean=0.5,std=.25', { heads: 16, interpolation: 'antialias', mean: [0.5], std: [0.25] }],
  ['mean=0.1,0.2,0.3, eps=1e-5', { mean: [0.1, 0.2, 0.3], eps: 1e-5 }],
])('reads %s', (text, fields) => {
  expect(parseCardFields(text)).toEqual(fields)
})

test.each(['', 'heads', 'heads=', 'heads=six', 'heads=1,2', 'mean=1,', 'width=3', '16,heads=3'])('rejects %j', (text) => {
  expect(() => parseCardFields(text)).toThrow(expect.objectContaining({ code: 'invalid-option' }))
})

test('takes the place of a card’s own values, and rejects those that no card can have, by field', () => {
  const card = findModelCard('dinov2-small')
  expect(withCardFields(card, {})).toBe(card)
  expect(withCardFields(card, { heads: 12, mean: [0, 0, 0] })).toMatchObject({
    architecture: { heads: 12 },
    preprocessing: { mean: [0, 0, 0] },
  })
  expect(withCardFields(card, parseCardFields('mean=0.5')).preprocessing.mean).toEqual([0.5, 0.5, 0.5])
  expect(() => withCardFields(card, parseCardFields('std=1,2'))).toThrow(/images of 3 channels, and 2 numbers/)
  expect(withCardFields(card, parseCardFields('resampler=torchvision,cropStart=floor')).preprocessing).toMatchObject({
    resampler: 'torchvision',
    cropStart: 'floor',
  })
  expect(() => withCardFields(card, { resampler: 'torchvision-float' })).toThrow(/torchvision-float .*bicubic/)
  expect(() => withCardFields(card, { resampler: 'imagemagick' as never })).toThrow(/preprocessing\.resampler/)
  expect(withCardFields(card, parseCardFields('embedding=class-and-mean'))).toMatchObject({ embedding: 'class-and-mean' })
  expect(() => withCardFields(card, { embedding: 'max' as never })).toThrow(/embedding/)
  expect(() => withCardFields(card, { heads: 5 })).toThrow(/architecture\.heads/)
  expect(() => withCardFields(card, { interpolation: 'nearest' as never })).toThrow(/interpolation/)
})
