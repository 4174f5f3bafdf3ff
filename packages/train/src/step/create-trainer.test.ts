import { bytesSource, tensor, type AnyTensor, type Tensor } from '@dinokit/core'
import { createSession } from '#runtime'
import { largestDifference } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { batchNorm } from './batch-norm.ts'
import { createTrainer, type SessionMaker, type StepResult, type Trainer } from './create-trainer.ts'
import { crossEntropy } from './losses.ts'
import { adamW } from './optimizers.ts'
import { cosineSchedule, polySchedule, warmUp } from './schedules.ts'
import { readTrainerState, writeTrainerState } from './trainer-file.ts'
import { trainingStep } from './training-step.ts'

const runtime: SessionMaker = { createSession: (model) => createSession(model) }
/** Numbers from -1 to 1 that are the same every time (splitmix32). */
const draw = (shape: readonly number[], seed: number): Tensor => {
  const length = shape.reduce((size, side) => size * side, 1)
  const mixed = (i: number): number => {
    let z = (seed * 7919 + i) * 0x9e3779b9
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 31 - 1
  }
  return tensor(
    'float32',
    Float32Array.from({ length }, (_, i) => mixed(i)),
    shape,
  )
}
const fill = (length: number, value: number): Tensor => tensor('float32', new Float32Array(length).fill(value), [length])

/** A small network with BatchNorm, clipping and a moving average: everything that has state. */
const step = trainingStep({
  name: 'small',
  parameters: { w1: draw([6, 8], 1), scale: fill(8, 1), shift: fill(8, 0), w2: draw([8, 3], 2) },
  buffers: { mean: fill(8, 0), variance: fill(8, 1) },
  optimizer: adamW(),
  clip: { norm: 1 },
  average: true,
  decayed: (_, shape) => shape.length > 1,
  forward({ g, values }) {
    const x = g.input('x', 'float32', ['batch', 6])
    const labels = g.input('labels', 'int64', ['batch'])
    const { y, runningMean, runningVariance } = batchNorm(g, g.apply('MatMul', [x, values.w1!]), {
      weight: values.scale!,
      bias: values.shift!,
      runningMean: values.mean!,
      runningVariance: values.variance!,
    })
    const loss = crossEntropy(g, g.apply('MatMul', [g.apply('Gelu', [y]), values.w2!]), labels, { classes: 3 })
    return { loss, buffers: { mean: runningMean, variance: runningVariance } }
  },
})

const batchOf = (index: number): Record<string, AnyTensor> => ({
  x: draw([10, 6], 3 + (index % 4)),
  labels: tensor(
    'int64',
    BigInt64Array.from({ length: 10 }, (_, i) => BigInt((i + (index % 4)) % 3)),
    [10],
  ),
})
const rate = warmUp(cosineSchedule(0.05, 0, 40), 3)

async function train(trainer: Trainer, steps: number): Promise<number[]> {
  const losses: number[] = []
  while (trainer.state.steps < steps) {
    const index = trainer.state.steps
    losses.push((await trainer.step(batchOf(index), { learningRate: rate(index), weightDecay: 0.01, average: 0.9 })).loss)
  }
  return losses
}

const bytes = (trainer: Trainer): Uint8Array => writeTrainerState(trainer.state)

describe('a run', () => {
  test('learns, the same every time, and the same where it was saved and taken up again', async () => {
    await using whole = await createTrainer(runtime, step)
    const losses = await train(whole, 24)
    expect(losses[23]!).toBeLessThan(0.6 * losses[0]!)
    await using again = await createTrainer(runtime, step)
    expect(await train(again, 11)).toEqual(losses.slice(0, 11))
    const saved = bytes(again)
    await using resumed = await createTrainer(runtime, step)
    resumed.resume(await readTrainerState(bytesSource('saved', saved)))
    expect(await train(resumed, 24)).toEqual(losses.slice(11))
    expect(bytes(resumed)).toEqual(bytes(whole))
  })

  test('keeps the running statistics of the batches', async () => {
    await using trainer = await createTrainer(runtime, step)
    const { x } = batchOf(0)
    await trainer.step(batchOf(0), { learningRate: 0 })
    const w = draw([6, 8], 1)
    const column = Array.from({ length: 10 }, (_, n) =>
      Array.from({ length: 6 }, (_, k) => Number(x!.data[n * 6 + k]) * w.data[k * 8]!).reduce((a, b) => a + b),
    )
    const mean = column.reduce((a, b) => a + b) / 10
    const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 9
    expect(trainer.state.tensors.mean!.data[0]).toBeCloseTo(0.1 * mean, 6)
    expect(trainer.state.tensors.variance!.data[0]).toBeCloseTo(0.9 + 0.1 * variance, 6)
  })

  test('stops where the loss is no number, and keeps the last good state', async () => {
    await using trainer = await createTrainer(runtime, step)
    await train(trainer, 2)
    const before = bytes(trainer)
    const { x, labels } = batchOf(2)
    const broken = { x: tensor('float32', (x!.data as Float32Array).with(0, NaN), x!.shape), labels: labels! }
    await expect(trainer.step(broken, { learningRate: 0.1 })).rejects.toMatchObject({ code: 'training-diverged' })
    expect(bytes(trainer)).toEqual(before)
  })

  test('is canceled before a step, and refuses the state of another training', async () => {
    await using trainer = await createTrainer(runtime, step)
    await expect(trainer.step(batchOf(0), { learningRate: 0.1 }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    })
    const { tensors } = trainer.state
    expect(() => trainer.resume({ steps: 1, tensors: { ...tensors, w2: draw([8, 4], 2) } })).toThrow(
      expect.objectContaining({ code: 'tensor-invalid' }),
    )
    expect(() => trainer.resume({ steps: 1, tensors: {} })).toThrow(expect.objectContaining({ code: 'tensor-missing' }))
  })
})

test('makes of three batches the step of one of all their rows', async () => {
  const make = (accumulate: number): ReturnType<typeof trainingStep> =>
    trainingStep({
      name: 'accumulated',
      parameters: { w1: draw([6, 8], 1), w2: draw([8, 3], 2) },
      optimizer: adamW(),
      clip: { norm: 0.1 },
      average: true,
      accumulate,
      forward({ g, values }) {
        const x = g.input('x', 'float32', ['batch', 6])
        const labels = g.input('labels', 'int64', ['batch'])
        const logits = g.apply('MatMul', [g.apply('Gelu', [g.apply('MatMul', [x, values.w1!])]), values.w2!])
        return {
          loss: crossEntropy(g, logits, labels, { classes: 3 }),
          outputs: { mean: g.apply('ReduceMean', [logits], { keepdims: 0 }) },
        }
      },
    })
  const rows = (from: number, to: number, set: number): Record<string, AnyTensor> => ({
    x: tensor('float32', draw([12, 6], 20 + set).data.slice(6 * from, 6 * to), [to - from, 6]),
    labels: tensor(
      'int64',
      BigInt64Array.from({ length: to - from }, (_, i) => BigInt((from + i + set) % 3)),
      [to - from],
    ),
  })
  await using together = await createTrainer(runtime, make(1))
  await using apart = await createTrainer(runtime, make(3))
  for (let set = 0; set < 5; set++) {
    const rates = { learningRate: 0.05, weightDecay: 0.1, average: 0.8 }
    const one = await together.step(rows(0, 12, set), rates)
    const three = await apart.step([rows(0, 4, set), rows(4, 8, set), rows(8, 12, set)], rates)
    const said = ({ loss, gradientNorms, outputs }: StepResult): number[] => [loss, gradientNorms.all!, outputs.mean!.data[0]!]
    said(three).forEach((value, i) => expect(Math.abs(value - said(one)[i]!)).toBeLessThanOrEqual(1e-5))
  }
  expect(Object.keys(apart.state.tensors)).toEqual(Object.keys(together.state.tensors))
  for (const [name, { data }] of Object.entries(together.state.tensors))
    expect(largestDifference(apart.state.tensors[name]!.data, data), name).toBeLessThanOrEqual(1e-5)
  await expect(apart.step(rows(0, 4, 0), { learningRate: 0.1 })).rejects.toMatchObject({ code: 'invalid-option' })
})

test('follows schedules', () => {
  const poly = polySchedule(2, 10, 2)
  expect([poly(0), poly(5), poly(10), poly(11)]).toEqual([2, 0.5, 0, 0])
  const warmed = warmUp(cosineSchedule(1, 0, 10), 4)
  expect([warmed(0), warmed(2), warmed(4), warmed(14)]).toEqual([0, 0.5, 1, 0])
  expect(warmed(9)).toBeCloseTo(0.5, 12)
})
