import { readSafetensors, writeSafetensors } from '@dinokit/checkpoint'
import { bytesSource, tensor, type AnyTensor, type Architecture, type ModelCard, type Tensor } from '@dinokit/core'
import { createVitBackbone } from '@dinokit/vit'
import { createSession } from '#runtime'
import { goldenFolders, largestDifference, type Golden } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { createTrainer } from '../step/create-trainer.ts'
import { distillationStep } from './distillation-step.ts'

interface Shape extends Pick<Architecture, 'dim' | 'depth' | 'heads' | 'registers'> {
  readonly grid?: number
}

const card = (id: string, { dim, depth, heads, registers, grid = 37 }: Shape): ModelCard => ({
  id,
  description: 'a golden network',
  architecture: { patch: 14, dim, depth, heads, ffn: 'mlp', ffnHidden: 4 * dim, registers, positionGrid: [grid, grid], layerNormEps: 1e-6 },
  interpolation: registers > 0 ? 'antialias' : 'offset',
  preprocessing: { shortest: 256, crop: 224, filter: 'bicubic', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  parameters: 0,
  license: 'Apache-2.0',
  origin: 'goldens',
})

const STUDENT = { dim: 32, depth: 2, heads: 2, registers: 0 }
const TEACHER = { dim: 48, depth: 3, heads: 3, registers: 4 }

/** Those whose names begin so, by the rest. */
const named = (all: Golden, prefix: string): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value as Tensor]] : [])),
  )

describe.each(goldenFolders)('distillation is the reference’s, step by step: $name', (folder) => {
  test.skipIf(!folder.present)('gives the losses of run-distil, and the weights after them', async () => {
    const run = await folder.tensors('training/run-distil.safetensors')
    const grid = Math.sqrt(run['teacher.pos_embed']!.shape[1]! - 1)
    const student = card('student', { ...STUDENT, grid })
    const teacher = card('teacher', { ...TEACHER, grid })
    const file = await readSafetensors(bytesSource('teacher', writeSafetensors(named(run, 'teacher.'))))
    const backbone = await createVitBackbone(file, teacher)
    const { model, feeds } = backbone.graph({})
    await using looking = await createSession(model)
    const { 'student.mask_token': maskToken, ...parameters } = named(run, 'initial.')
    const step = distillationStep({ student, teacher, size: 56, batch: 8 }, parameters, { clip: 1, decayed: () => true })
    await using trainer = await createTrainer({ createSession: (made) => createSession(made) }, step)
    const expected = run.loss!.data as Float32Array
    for (let index = 0; index < expected.length; index++) {
      const pixels = run[`set${index % 3}.global`] as AnyTensor
      const { tokens } = await looking.run(feeds(pixels as Tensor<'uint8'>, undefined, undefined))
      const { loss, gradientNorms } = await trainer.step({ pixels, teacher: tokens! }, { learningRate: 1e-3, weightDecay: 0.03 })
      expect(Math.abs(loss / expected[index]! - 1), `loss of step ${index}`).toBeLessThanOrEqual(1e-3)
      expect(gradientNorms.all).toBeGreaterThan(0)
    }
    expect(run['final.student.mask_token']!.data).toEqual(maskToken!.data)
    for (const name of Object.keys(parameters)) {
      const wanted = run[`final.${name}`]!.data as Float32Array
      const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      expect(largestDifference(trainer.state.tensors[name]!.data, wanted) / largest, name).toBeLessThanOrEqual(2e-3)
    }
    await backbone.close()
  })
})

describe('a pair that can’t be', () => {
  const student = card('student', STUDENT)
  const teacher = card('teacher', TEACHER)
  const fitted = { 'student.cls_token': tensor('float32', new Float32Array(32), [1, 1, 32]) }

  test('says which widths differ', () => {
    expect(() => distillationStep({ student, teacher, size: 56, batch: 2 }, fitted)).toThrow(/width 32 .* width 48.*\[48, 32\]/)
  })

  test('says which size would suit both patches', () => {
    const other = { ...teacher, architecture: { ...teacher.architecture, patch: 16 } }
    expect(() => distillationStep({ student, teacher: other, size: 56, batch: 2 }, fitted)).toThrow(/multiple of 112, such as 112/)
  })
})
