import { DinokitError, type OnnxModel, type Pixels } from '@dinokit/core'
import { createSession } from '#runtime'
import { expect, test } from 'vitest'
import { initialDinoHead } from './initial-dino-head.ts'
import { layerDecay } from './layer-decay.ts'
import { pretrain, type PretrainOptions } from './pretrain.ts'
import type { RunPoint, StepReport } from '../step/run-training.ts'
import { studentFromCard } from '../distillation/student.ts'
import { writeTrainerState } from '../step/trainer-file.ts'
import { IMAGES } from '../testing/images.ts'
import { smallCard } from '../testing/small-card.ts'

const CARD = smallCard(56, { registers: 1 })

/** Images are given as pixels: nothing is to be decoded. */
const runtime = { createSession: (model: OnnxModel) => createSession(model), decodeImage: (pixels: Pixels) => Promise.resolve(pixels) }

const RECIPE = {
  globalSize: 56,
  localSize: 28,
  locals: 2,
  batch: 4,
  learningRate: 0.02,
  prototypes: 32,
  hidden: 48,
  bottleneck: 16,
  frozenLastLayer: 0.5,
  seed: 5,
} satisfies Partial<PretrainOptions<Pixels>>

/** Trains, and gives every step and the last point that was kept. */
async function run(
  options: PretrainOptions<Pixels>,
): Promise<{ steps: StepReport[]; point: RunPoint; result: Awaited<ReturnType<typeof pretrain<Pixels>>> }> {
  const steps: StepReport[] = []
  let point: RunPoint | undefined
  const result = await pretrain(runtime, studentFromCard(CARD, 1), IMAGES, {
    ...RECIPE,
    ...options,
    onStep: async (report) => {
      steps.push(report)
      await options.onStep?.(report)
    },
    save: (kept) => {
      point = kept
      return Promise.resolve()
    },
  })
  return { steps, point: point!, result }
}

test('goes on after an interruption with the bits of a run that was not interrupted, stochastic depth and all', async () => {
  const whole = await run({ steps: 3 })
  const initial = initialDinoHead(32, RECIPE.seed, RECIPE)
  expect(whole.point.state.tensors['head.last_layer.weight_v']).not.toEqual(initial['last_layer.weight_v'])
  expect(whole.steps.every(({ loss }) => Number.isFinite(loss))).toBe(true)
  const stop = new AbortController()
  const begun = await run({
    steps: 3,
    signal: stop.signal,
    onStep: ({ step }) => {
      if (step === 1) stop.abort()
    },
  })
  expect(begun.result).toMatchObject({ interrupted: true, steps: 1 })
  const resumed = await run({ steps: 3, from: begun.point })
  expect([...begun.steps, ...resumed.steps].map(({ loss }) => loss)).toEqual(whole.steps.map(({ loss }) => loss))
  expect(writeTrainerState(resumed.point.state)).toEqual(writeTrainerState(whole.point.state))
  expect(resumed.result.teacher.tensors['norm.weight']).toEqual(whole.point.state.tensors['backbone.norm.weight/average'])
}, 240_000)

test('freezes the head’s last layer at first, and tells in each step whether the teacher collapses', async () => {
  const { steps, point } = await run({ steps: 2, frozenLastLayer: 0.99, targets: 'centering', stochasticDepth: 0 })
  const { tensors } = point.state
  const initial = initialDinoHead(32, RECIPE.seed, RECIPE)
  expect(tensors['head.last_layer.weight_v']).toEqual(initial['last_layer.weight_v'])
  expect(tensors['head.mlp.0.weight']).not.toEqual(initial['mlp.0.weight'])
  for (const { outputs } of steps) {
    expect(outputs.entropy!.data[0]).toBeGreaterThan(0)
    expect(outputs.entropy!.data[0]).toBeLessThanOrEqual(Math.log(32) + 1e-5)
    expect(outputs.spread!.data[0]).toBeGreaterThan(0)
  }
})

test('learns, so that the loss falls', async () => {
  const { steps } = await run({ steps: 60, stochasticDepth: 0, layerDecay: 1, teacherTemperature: [0.07, 0.07] })
  const mean = (part: readonly StepReport[]): number => part.reduce((sum, { loss }) => sum + loss, 0) / part.length
  expect(mean(steps.slice(-10))).toBeLessThan(mean(steps.slice(0, 10)) - 0.1)
})

test('says what is wrong with a recipe before anything is trained', async () => {
  const refused = (options: PretrainOptions<Pixels>): Promise<unknown> =>
    run(options).then(
      () => undefined,
      (error: unknown) => (DinokitError.is(error) ? error.code : error),
    )
  expect(await refused({})).toBe('invalid-option')
  expect(await refused({ steps: 1, batch: 1 })).toBe('invalid-option')
  expect(await refused({ steps: 1, warmUp: 1.5 })).toBe('invalid-option')
  expect(await refused({ steps: 1, globalSize: 57 })).toBe('size-invalid')
})

test('decays the learning rate from the last block to the first', () => {
  const rate = layerDecay(2, 0.5, 0.2)
  expect(['norm.weight', 'blocks.1.mlp.fc1.bias', 'blocks.0.ls1.gamma', 'pos_embed'].map(rate)).toEqual([1, 0.5, 0.25, 0.125])
  expect(rate('patch_embed.proj.weight')).toBeCloseTo(0.025, 12)
})
