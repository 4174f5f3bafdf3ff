import { tensor, type AnyTensor, type Tensor } from '@dinokit/core'
import { createSession } from '#runtime'
import { goldenFolders, largestDifference, type Golden } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { createTrainer, type SessionMaker } from '../step/create-trainer.ts'
import { maskedBatch } from './masked-batch.ts'
import { withoutPrefix } from '../step/prefixed.ts'
import { selfSupervisedStep } from './self-supervised-step.ts'
import { smallCard } from '../testing/small-card.ts'

const runtime: SessionMaker = { createSession: (model) => createSession(model) }
/** The issue's: of every loss and norm, and of each tensor's largest value. */
const [STEP_LIMIT, WEIGHT_LIMIT] = [1e-3, 2e-3]

/** golden/training/runs.json. */
interface Runs {
  readonly dino: {
    readonly positionGrid?: readonly [number, number]
    readonly steps: number
    readonly learningRates: readonly number[]
    readonly weightDecays: readonly number[]
    readonly momenta: readonly number[]
    readonly teacherTemperatures: readonly number[]
  }
}

const tensorsOf = (of: Golden, prefix: string): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(withoutPrefix(prefix, of)).map(([name, { data, shape }]) => [name, tensor('float32', data as Float32Array, shape)]),
  )

function batchOf(expected: Golden, set: number): Record<string, AnyTensor> {
  const { data, shape } = expected[`set${set}.mask`]!
  return {
    global: expected[`set${set}.global`] as AnyTensor,
    local: expected[`set${set}.local`] as AnyTensor,
    ...maskedBatch(tensor('bool', data as Uint8Array, shape)),
  }
}

const float = (value: number): Tensor => tensor('float32', Float32Array.of(value), [])
const relative = (actual: number, expected: number): number => Math.abs(actual - expected) / Math.abs(expected)

describe.each(goldenFolders)('every step is PyTorch’s: $name/training/run-dino-*', (folder) => {
  if (!folder.present) return test.skip('skips what is not here', () => {})
  test.each(['sinkhorn', 'centering'] as const)('holds for %s', async (targets) => {
    const expected = await folder.tensors(`training/run-dino-${targets === 'centering' ? 'centering' : targets}.safetensors`)
    const { dino: run } = JSON.parse(new TextDecoder().decode(await folder.read('training/runs.json'))) as Runs
    const step = selfSupervisedStep({
      card: smallCard(56, { ffnHidden: 128, positionGrid: run.positionGrid ?? [37, 37] }, 'offset'),
      backbone: tensorsOf(expected, 'initial.backbone.'),
      head: tensorsOf(expected, 'initial.head.'),
      crops: { globalSize: 56, localSize: 28, locals: 2 },
      targets,
    })
    await using trainer = await createTrainer(runtime, step)
    for (let index = 0; index < run.steps; index++) {
      const batch = { ...batchOf(expected, index % 3), teacherTemperature: float(run.teacherTemperatures[index]!), lastLayerRate: float(1) }
      const rates = { learningRate: run.learningRates[index]!, weightDecay: run.weightDecays[index]!, average: run.momenta[index]! }
      const { loss, gradientNorms, outputs } = await trainer.step(batch, rates)
      const actual = {
        'loss.total': loss,
        'loss.dino.local': outputs['dino.local']!.data[0]!,
        'loss.dino.global': outputs['dino.global']!.data[0]!,
        'loss.koleo': outputs.koLeo!.data[0]!,
        'loss.ibot': outputs.ibot!.data[0]!,
        'gradnorm.backbone': gradientNorms.backbone!,
        'gradnorm.head': gradientNorms.head!,
      }
      for (const [name, value] of Object.entries(actual)) {
        const wanted = (expected[name]!.data as Float32Array)[index]!
        expect(relative(value, wanted), `${name}, step ${index}: ${value}, not ${wanted}`).toBeLessThanOrEqual(STEP_LIMIT)
      }
    }
    const { tensors } = trainer.state
    const compared = [
      ...Object.entries(withoutPrefix('final.student.', expected)).map(([name, of]) => [name, of] as const),
      ...Object.entries(withoutPrefix('final.teacher.', expected)).map(([name, of]) => [`${name}/average`, of] as const),
    ]
    expect(compared.length).toBe(Object.keys(withoutPrefix('initial.', expected)).length + 3)
    for (const [name, of] of compared) {
      const wanted = of.data as Float32Array
      const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      expect(largestDifference(tensors[name]!.data, wanted) / largest, name).toBeLessThanOrEqual(WEIGHT_LIMIT)
    }
  })
})
