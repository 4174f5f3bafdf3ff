import { openTensorFile } from '@dinokit/checkpoint'
import { bytesSource } from '@dinokit/core'
import { createGraphBuilder } from '@dinokit/onnx'
import { ownGoldens } from '@dinokit/testing'
import { createVitBackbone, foldParameters, inferCard } from '@dinokit/vit'
import { createRuntime } from 'dinokit'
import { expect, test } from 'vitest'
import { createTeacherSession } from './teacher-session.ts'

test('rejects a model for images of four channels as a teacher and as a student, by name', async () => {
  const source = bytesSource('four.safetensors', await ownGoldens.read('checkpoints/timm-channels-4/model.safetensors'))
  const file = await openTensorFile(source)
  const card = inferCard(file, { id: 'four', card: { heads: 4, interpolation: 'antialias', mean: [0.5], std: [0.5] } })
  const backbone = await createVitBackbone(file, card)
  const refused = { code: 'model-unsupported', message: expect.stringContaining('four takes images of 4 channels') as string }
  await expect(createTeacherSession(createRuntime(), backbone)).rejects.toMatchObject(refused)
  expect(() => foldParameters(createGraphBuilder('student'), card, {})).toThrow(expect.objectContaining(refused))
  await backbone.close()
})
