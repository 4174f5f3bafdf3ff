import { readSafetensors, writeSafetensors } from '@dinokit/checkpoint'
import { bytesSource, modelCardText, parseModelCard, type ModelCard } from '@dinokit/core'
import { ownGoldens } from '@dinokit/testing'
import { expect, test } from 'vitest'
import { CARD_KEY, carriedCard } from './carried-card.ts'
import { createVitBackbone } from './vit-backbone.ts'

async function cardOf(bytes: Uint8Array): Promise<ModelCard> {
  return carriedCard((await readSafetensors(bytesSource('model', bytes))).metadata, 'model')!
}

test('reads the card of a model that an earlier dinokit trained, and writes it as a card of today', async () => {
  const bytes = await ownGoldens.read('old/model-1.safetensors')
  const card = await cardOf(bytes)
  expect(card).toMatchObject({ id: 'model', license: 'Apache-2.0', training: { by: 'dinokit pretrain', steps: 2, recipe: { seed: 0 } } })
  expect(card).not.toHaveProperty('licence')
  const backbone = await createVitBackbone(await readSafetensors(bytesSource('model', bytes)), card)
  expect(backbone.positions([4, 4]).shape).toEqual([16, 16])
  await backbone.close()
  const text = modelCardText(card)
  expect(JSON.parse(text)).toMatchObject({ version: 2, license: 'Apache-2.0' })
  expect(await cardOf(writeSafetensors({}, { [CARD_KEY]: text }))).toEqual(card)
})

test('reads a card of version 2 that said where the crop begins, and writes it as version 3', async () => {
  const bytes = await ownGoldens.read('old/model-2.safetensors')
  const card = await cardOf(bytes)
  expect(card).toMatchObject({ id: 'model-2', preprocessing: { cropStart: 'floor' } })
  const text = modelCardText(card)
  expect(JSON.parse(text)).toMatchObject({ version: 3 })
  expect(await cardOf(writeSafetensors({}, { [CARD_KEY]: text }))).toEqual(card)
})

test('reads a card that was written by hand for an earlier dinokit', async () => {
  const text = new TextDecoder().decode(await ownGoldens.read('old/student-1.json'))
  const { licence, ...rest } = JSON.parse(text) as Record<string, unknown>
  expect(parseModelCard(text, 'student.json')).toEqual({ ...rest, license: licence })
})
