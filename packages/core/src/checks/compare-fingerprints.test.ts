import { describe, expect, test } from 'vitest'
import { CARD_VERSION } from '../cards/model-card-text.ts'
import { findModelCard } from '../cards/model-registry.ts'
import type { Fingerprint } from '../contract/fingerprint.ts'
import { fingerprintOf } from '../vision/fingerprint-of.ts'
import { assertFingerprint } from './assert-fingerprint.ts'
import { compareFingerprints, type FingerprintUse } from './compare-fingerprints.ts'
import { parseFingerprint } from './parse-fingerprint.ts'

const card = findModelCard('dinov2-small')
const rounded = { float16: 'f16', bfloat16: 'bf16' }
const own = fingerprintOf({ card, digest: 'f32', rounded, precision: 'float32' })
const old = { model: card.id, weights: 'f32', precision: 'float32', preprocessing: own.preprocessing, interpolation: 'plain' }
const unknown = { ...own, network: undefined } as unknown as Fingerprint

/** Cases of pairs: what becomes of it where tokens are mixed, and where a head reads them. */
const PAIRS: readonly (readonly [name: string, changes: Partial<Fingerprint>, mix: string, read: string, from?: Fingerprint])[] = [
  ['the same', {}, 'compatible', 'compatible'],
  ['another name of the same network', { model: 'copy' }, 'compatible', 'compatible'],
  ['other weights', { weights: 'other', rounded: { float16: 'x', bfloat16: 'y' } }, 'weights refused', 'weights refused'],
  ['the weights in float16', { weights: 'f16', rounded: { float16: 'f16', bfloat16: 'y' } }, 'noted', 'noted'],
  ['the weights in bfloat16', { weights: 'bf16', rounded: { float16: 'x', bfloat16: 'bf16' } }, 'noted', 'noted'],
  ['other heads', { network: own.network!.replace('heads6', 'heads12') }, 'network refused', 'network refused'],
  ['computed in float16', { precision: 'float16' }, 'noted', 'noted'],
  ['computed in bfloat16', { precision: 'bfloat16' }, 'noted', 'noted'],
  ['computed in 8 bits', { precision: 'int8' }, 'precision refused', 'precision refused'],
  ['with weights in 4 bits', { precision: 'int4-weights' }, 'precision refused', 'precision refused'],
  ['another size', { preprocessing: own.preprocessing.replace('crop224', 'crop448') }, 'preprocessing refused', 'compatible'],
  ['other colors', { preprocessing: 'shortest256-crop224-bicubic-mean0,0,0-std1,1,1' }, 'preprocessing refused', 'preprocessing refused'],
  ['another resampler', { resampler: 'torchvision' }, 'resampler refused', 'noted'],
  ['positions resampled otherwise', { interpolation: 'offset' }, 'interpolation refused', 'noted'],
  ['another pooling', { pooling: 'mean' }, 'pooling refused', 'pooling refused'],
  ['class token and mean of the patches', { pooling: 'class-and-mean' }, 'pooling refused', 'pooling refused'],
  ['a card of an earlier version', { card: 1 }, 'compatible', 'compatible'],
  ['a card of a later version', { card: CARD_VERSION + 1 }, 'card refused', 'card refused'],
  ['an unknown network of the same name', {}, 'noted', 'noted', unknown],
  ['an unknown network of another name', { model: 'copy' }, 'model, network refused', 'model, network refused', unknown],
  ['computed in float16, and other weights', { precision: 'float16', weights: 'other' }, 'weights refused', 'weights refused'],
]

const outcome = (a: Fingerprint, b: Fingerprint, use: FingerprintUse): string => {
  const { refused, notes } = compareFingerprints(a, b, use)
  return refused.length > 0 ? `${refused.join(', ')} refused` : notes.length > 0 ? 'noted' : 'compatible'
}

describe.each(PAIRS.map(([name, changes, mix, read, from = own]) => ({ name, changes, mix, read, from })))(
  '$name',
  ({ changes, mix, read, from }) => {
    test.each(['mix', 'read'] as const)('holds for %s, either way round', (use) => {
      const given = { ...own, ...changes }
      expect(outcome(from, given, use)).toBe(use === 'mix' ? mix : read)
      expect(outcome(given, from, use)).toBe(use === 'mix' ? mix : read)
    })
  },
)

describe.each(['mix', 'read'] as const)('where another precision is allowed, for %s', (use) => {
  const compare = (changes: Partial<Fingerprint>, from = own): ReturnType<typeof compareFingerprints> =>
    compareFingerprints(from, { ...own, ...changes }, use, { allowPrecision: true })

  test.each([
    ['int8', 'float32'],
    ['float32', 'int8'],
    ['int4-weights', 'int8'],
  ])('notes %s with %s', (given, there) => {
    const { differences, refused, notes } = compare({ precision: given }, { ...own, precision: there })
    expect({ differences, refused }).toEqual({ differences: ['precision'], refused: [] })
    expect(notes).toEqual([`The tokens were computed in ${given}, the others in ${there}.`])
  })

  test('refuses other weights all the same', () => {
    expect(compare({ precision: 'int8', weights: 'other' }).refused).toEqual(['weights'])
  })
})

describe('version 1', () => {
  test('is what it is today for a model known by name', () => {
    expect(parseFingerprint('a file', old)).toEqual({ ...own, rounded: undefined, card: 1 })
    expect(outcome(old as never, own, 'mix')).toBe('compatible')
  })

  test('is compatible by name and weights, with a note, for another model', () => {
    const mine = { ...old, model: 'mine' } as never
    expect(outcome(mine, { ...own, model: 'mine' }, 'mix')).toBe('noted')
    expect(outcome(mine, own, 'mix')).toBe('model, network refused')
  })
})

test('rejects a newer version, and what is no fingerprint, by name', () => {
  expect(() => parseFingerprint('x.store', { ...own, version: 3 })).toThrow(expect.objectContaining({ code: 'contract-mismatch' }))
  expect(() => parseFingerprint('x.store', { ...own, resampler: undefined })).toThrow(/x\.store .*resampler/)
  expect(() => parseFingerprint('x.store', null)).toThrow(expect.objectContaining({ code: 'checkpoint-invalid' }))
})

test('names the part that is refused, and gives the notes of what is not, for a head', () => {
  expect(() => assertFingerprint('The head x', own, { ...own, weights: 'other' })).toThrow(/The head x .*weights is other/)
  expect(assertFingerprint('The head x', own, { ...own, precision: 'float16' })).toEqual([expect.stringContaining('float16')])
  const eight = { ...own, precision: 'int8' }
  expect(() => assertFingerprint('The head x', own, eight)).toThrow(/precision is int8.*--allow-precision/)
  expect(assertFingerprint('The head x', own, eight, { allowPrecision: true })).toEqual([expect.stringContaining('int8')])
})
