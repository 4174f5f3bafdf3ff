import { findModelCard } from '@dinokit/core'
import { expect, test } from 'vitest'
import { scaledVitCard } from './scaled-vit-card.ts'
import { studentFromCard } from './student.ts'

test.each([
  [6, 128, 2],
  [12, 192, 3],
  [2, 96, 3],
  [1, 48, 3],
])('gives %i blocks of %i %i heads', (depth, dim, heads) => {
  const like = findModelCard('dinov2-giant')
  const { architecture, preprocessing } = scaledVitCard(like, depth, dim)
  expect(architecture).toEqual({ ...like.architecture, depth, dim, heads, ffn: 'mlp', ffnHidden: 4 * dim })
  expect(preprocessing).toEqual(like.preprocessing)
})

test('counts less than two million parameters for six blocks of 128', () => {
  const { card } = studentFromCard(scaledVitCard(findModelCard('tiny'), 6, 128), 0)
  // Blocks of 12 d² + 13 d and 2 d of LayerScale, patches, CLS, mask token, 16x16 + 1 positions, the last norm.
  expect(card.parameters).toBe(6 * (12 * 128 ** 2 + 15 * 128) + 128 * (3 * 14 ** 2 + 1) + 2 * 128 + 257 * 128 + 2 * 128)
})

test.each([
  [0, 128],
  [NaN, 128],
  [6, 100],
  [6, 0],
])('rejects %d blocks of %d', (depth, dim) => {
  expect(() => scaledVitCard(findModelCard('tiny'), depth, dim)).toThrow(
    expect.objectContaining({
      code: 'invalid-option',
      message: expect.stringMatching(/at least one block, and a width that is a multiple of 16/),
    }),
  )
})
