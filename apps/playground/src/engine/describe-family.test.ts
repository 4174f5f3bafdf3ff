import { familiesOf } from '@dinokit/core/relatives'
import { findModelCard, type ModelCard } from 'dinokit/browser'
import { expect, test } from 'vitest'
import { describeFamily } from './describe-family.ts'

const UNKNOWN = { description: 'ViT with 12 blocks of 384', license: 'unknown' }

test.each([
  ['dinov2-small', true, 'DINOv2', 'Apache-2.0'],
  ['tiny', true, findModelCard('tiny').description, 'Apache-2.0'],
])('names the family and the license of %s', (id, known, family, license) => {
  const card = findModelCard(id)
  expect(describeFamily(card, familiesOf(card), known)).toEqual({ family, license })
})

test('says of a file all families of its shape, and that its license is not known', () => {
  const small = findModelCard('dinov2-small')
  expect(describeFamily({ ...small, ...UNKNOWN }, familiesOf(small), false)).toEqual({
    family: 'DINOv2, by its shape',
    license: 'not said in the file; of the published weights of this shape: Apache-2.0 (DINOv2)',
  })
  const base = findModelCard('dinov2-base')
  expect(describeFamily({ ...base, ...UNKNOWN }, familiesOf(base), false).family).toBe('DINOv2 or RAD-DINO, by its shape')
  const architecture = { ...small.architecture, patch: 16, registers: 4, positionGrid: [0, 0] as const }
  const rotary: ModelCard = { ...small, ...UNKNOWN, architecture, interpolation: 'rotary' }
  expect(describeFamily(rotary, familiesOf(rotary), false)).toEqual({
    family: 'DINOv3 or LingBot-Vision, by its shape',
    license: 'not said in the file; of the published weights of this shape: DINOv3 License (DINOv3), Apache-2.0 (LingBot-Vision)',
  })
})

test('does not take the license of a shape for that of a model that was trained further, with a head', () => {
  const base = findModelCard('dinov2-base')
  const { family, license } = describeFamily({ ...base, ...UNKNOWN }, familiesOf(base), false, 'depth')
  expect(family).toBe('a model with its own head for depth; of the shape of DINOv2 or RAD-DINO')
  expect(license).toMatch(/^not said in the file; .*Base and Large CC-BY-NC-4\.0/)
})

test('keeps to what the card says where no published network has its shape', () => {
  expect(describeFamily(UNKNOWN, [], false)).toEqual({ family: UNKNOWN.description, license: 'not said in the file' })
})
