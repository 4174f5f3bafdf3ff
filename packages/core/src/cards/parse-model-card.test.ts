import { describe, expect, test } from 'vitest'
import type { ModelCard } from './model-card.ts'
import { modelCardText } from './model-card-text.ts'
import { MODEL_CARDS } from './model-registry.ts'
import { parseModelCard } from './parse-model-card.ts'

test.each(MODEL_CARDS)('gives $id back as it was', (card) => {
  expect(parseModelCard(JSON.stringify(card), 'a file')).toEqual(card)
  expect(parseModelCard(modelCardText(card), 'a file')).toEqual(card)
})

describe('parseModelCard, naming the field,', () => {
  const [card] = MODEL_CARDS as [ModelCard]
  const { architecture, preprocessing } = card
  test.each([
    ['not JSON', '{', 'JSON'],
    ['null', 'null', 'id'],
    ['a list', '[]', 'id'],
    ['no id', JSON.stringify({ ...card, id: undefined }), 'id'],
    ['half a patch', JSON.stringify({ ...card, architecture: { ...architecture, patch: 0.5 } }), 'architecture.patch'],
    ['heads that do not divide', JSON.stringify({ ...card, architecture: { ...architecture, heads: 5 } }), 'architecture.heads'],
    [
      'a grid of three',
      JSON.stringify({ ...card, architecture: { ...architecture, positionGrid: [1, 2, 3] } }),
      'architecture.positionGrid',
    ],
    ['deviation 0', JSON.stringify({ ...card, preprocessing: { ...preprocessing, std: [1, 0, 1] } }), 'preprocessing.std'],
    ['half a version', JSON.stringify({ ...card, version: 1.5 }), 'version'],
    ['no license', JSON.stringify({ ...card, license: undefined }), 'license'],
    ['an unknown interpolation', JSON.stringify({ ...card, interpolation: 'nearest' }), 'interpolation'],
  ])('rejects %s', (_, text, field) => {
    expect(() => parseModelCard(text, 'mine.safetensors')).toThrow(expect.objectContaining({ code: 'model-unsupported' }))
    expect(() => parseModelCard(text, 'mine.safetensors')).toThrow(field)
  })
})

test('rejects a card of a newer dinokit by its version', () => {
  const text = JSON.stringify({ ...MODEL_CARDS[0], version: 6 })
  expect(() => parseModelCard(text, 'mine.safetensors')).toThrow(expect.objectContaining({ code: 'contract-mismatch' }))
  expect(() => parseModelCard(text, 'mine.safetensors')).toThrow('The card of mine.safetensors was written by a newer dinokit.')
})

test('writes version 3 where a reader of version 2 would pass over what a card says, and reads both', () => {
  const [card] = MODEL_CARDS as [ModelCard]
  const floored = { ...card, preprocessing: { ...card.preprocessing, cropStart: 'floor' } } as const
  const many = {
    ...card,
    architecture: { ...card.architecture, channels: 2 },
    preprocessing: { ...card.preprocessing, mean: [0.5, 0.4], std: [1, 2] },
  }
  const versionOf = (of: ModelCard): unknown => (JSON.parse(modelCardText(of)) as { version: unknown }).version
  expect([card, floored, many].map(versionOf)).toEqual([2, 3, 3])
  for (const of of [floored, many]) expect(parseModelCard(modelCardText(of), 'a file')).toEqual(of)
  // Files that were written before version 3 said it.
  expect(parseModelCard(JSON.stringify({ version: 2, ...floored }), 'a file')).toEqual(floored)
})

test('rejects means and deviations that are not one for each channel', () => {
  const [card] = MODEL_CARDS as [ModelCard]
  const text = JSON.stringify({ ...card, architecture: { ...card.architecture, channels: 4 } })
  expect(() => parseModelCard(text, 'mine.safetensors')).toThrow(/preprocessing\.mean.*a number for each channel/)
})
