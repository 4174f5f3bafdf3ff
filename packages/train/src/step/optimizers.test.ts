import { tensor, type Tensor } from '@dinokit/core'
import { createSession } from '#runtime'
import { goldenFolders, largestDifference, type Golden } from '@dinokit/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { createTrainer, type SessionMaker } from './create-trainer.ts'
import { total } from './scalar.ts'
import { adamW, sgd, type Optimizer } from './optimizers.ts'
import { trainingStep } from './training-step.ts'

const runtime: SessionMaker = { createSession: (model) => createSession(model) }
const SHAPE = [7, 5]
const SIZE = 35

/** A loss whose gradient is what is fed: sum(parameter * gradient). */
const stepOf = (optimizer: Optimizer, initial: Tensor, average = false): ReturnType<typeof trainingStep> =>
  trainingStep({
    name: 'given gradient',
    parameters: { p: initial },
    optimizer,
    average,
    forward: ({ g, values }) => ({ loss: total(g, g.apply('Mul', [values.p!, g.input('gradient', 'float32', SHAPE)])) }),
  })

describe.each(goldenFolders)('every step is PyTorch’s, within 1e-6: $name/training/run-optimisers', (folder) => {
  if (!folder.present) return test.skip('skips what is not here', () => {})
  let expected: Golden
  beforeAll(async () => {
    expected = await folder.tensors('training/run-optimisers.safetensors')
  })

  test.each([
    ['adamw', adamW(), { learningRate: 0.01, weightDecay: 0.04 }],
    ['sgd', sgd(), { learningRate: 0.1, weightDecay: 1e-4 }],
  ] as const)('holds for %s', async (name, optimizer, rates) => {
    const initial = tensor('float32', expected.initial!.data as Float32Array, SHAPE)
    await using trainer = await createTrainer(runtime, stepOf(optimizer, initial))
    const [given, steps] = [expected.gradients!.data as Float32Array, expected[`${name}.steps`]!.data as Float32Array]
    for (let i = 0; i < 10; i++) {
      const gradient = tensor('float32', given.slice(i * SIZE, (i + 1) * SIZE), SHAPE)
      await trainer.step({ gradient }, rates)
      expect(largestDifference(trainer.state.tensors.p!.data, steps.subarray(i * SIZE, (i + 1) * SIZE)), `step ${i}`).toBeLessThanOrEqual(
        1e-6,
      )
    }
  })
})

test('moves the average after the parameter', async () => {
  const initial = tensor('float32', new Float32Array(SIZE).fill(1), SHAPE)
  await using trainer = await createTrainer(runtime, stepOf(sgd({ momentum: 0 }), initial, true))
  const gradient = tensor('float32', new Float32Array(SIZE).fill(2), SHAPE)
  await trainer.step({ gradient }, { learningRate: 0.25, average: 0.75 })
  expect(trainer.state.tensors.p!.data[0]).toBe(0.5)
  expect(trainer.state.tensors['p/average']!.data[0]).toBe(0.875)
})
