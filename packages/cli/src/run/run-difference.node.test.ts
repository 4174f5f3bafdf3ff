import { findModelCard, fingerprintOf } from '@dinokit/core'
import { expect, test } from 'vitest'
import { runDifference } from './run-difference.ts'
import { currentRecipe } from './run-version.ts'

const rounded = { float16: 'half', bfloat16: 'brain' }
const teacher = fingerprintOf({ card: findModelCard('tiny'), digest: 'whole', rounded, precision: 'float32' })
const run = { teacher, loss: 'tokens' }

test.each([
  ['the same teacher', { teacher: { ...teacher } }],
  ['the teacher under another name', { teacher: { ...teacher, model: 'copy' } }],
  ['a run of version 1', currentRecipe(1, { teacher: 'whole', precision: 'float32' })],
])('finds no difference in %s', (_, saved) => {
  expect(runDifference(run, { loss: 'tokens', ...saved })).toBeUndefined()
})

test.each([
  ['another teacher', { teacher: { ...teacher, weights: 'other' } }],
  ['a teacher of other heads', { teacher: { ...teacher, network: 'heads1-eps1e-6-gelu-grid16x16' } }],
  ['a teacher in 8 bits', { teacher: { ...teacher, precision: 'int8' } }],
  ['a run of version 1 with another teacher', currentRecipe(1, { teacher: 'other', precision: 'float32' })],
  ['a run without a teacher', { teacher: undefined }],
])('names the teacher of %s', (_, saved) => {
  expect(runDifference(run, { loss: 'tokens', ...saved })?.keys).toEqual(['teacher'])
})
