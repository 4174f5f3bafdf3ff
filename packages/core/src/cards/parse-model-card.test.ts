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
  const text = JSON.stringify({ ...MODEL_CARDS[0], version: 3 })
  expect(() => parseModelCard(text, 'mine.safetensors')).toThrow(expect.objectContaining({ code: 'contract-mismatch' }))
  expect(() => parseModelCard(text, 'mine.safetensors')).toThrow('The card of mine.safetensors was written by a newer dinokit.')
})
