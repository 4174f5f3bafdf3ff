import { createRandom } from '@dinokit/core/augment'
import { createSession } from '#runtime'
import { describe, expect, test } from 'vitest'
import type { ClassificationExamples } from './classification-examples.ts'
import type { HeadModel } from './head-model.ts'
import { sweepClassifiers } from './sweep-classifiers.ts'
import { blobs } from '../testing/blobs.ts'
import { trainMlp } from './train-mlp.ts'

const runtime = { createSession: (model: Parameters<typeof createSession>[0]) => createSession(model) }

/** Whether two numbers have the same sign: no straight line tells that. */
function signs(count: number, seed: number): ClassificationExamples {
  const random = createRandom(seed)
  const cls = Float32Array.from({ length: 2 * count }, () => random.uniform(-1, 1))
  const labels = Int32Array.from({ length: count }, (_, index) => Number(cls[2 * index]! * cls[2 * index + 1]! > 0))
  return { dim: 2, classes: ['unlike', 'like'], labels, cls }
}

/** Mean cross-entropy and share right of one hidden layer, computed here. */
function evaluated({ tensors }: HeadModel, { dim, labels, cls }: ClassificationExamples): { top1: number; loss: number } {
  const layer = (index: number, x: readonly number[]): number[] => {
    const [weight, bias] = [tensors[`network.${index}.weight`]!, tensors[`network.${index}.bias`]!]
    return Array.from(bias.data, (value, row) => value + x.reduce((sum, of, i) => sum + of * weight.data[row * x.length + i]!, 0))
  }
  let [right, loss] = [0, 0]
  labels.forEach((label, example) => {
    const end = (example + 1) * (cls.length / labels.length)
    const hidden = layer(0, [...cls.subarray(end - dim, end)])
    const logits = layer(
      2,
      hidden.map((value) => Math.max(0, value)),
    )
    right += Number(logits.indexOf(Math.max(...logits)) === label)
    loss += Math.log(logits.reduce((sum, value) => sum + Math.exp(value), 0)) - logits[label]!
  })
  return { top1: right / labels.length, loss: loss / labels.length }
}

describe('the MLP', () => {
  test('learns what no line tells, and its head answers as it was evaluated, the same every time', async () => {
    const [train, validation] = [signs(400, 1), signs(200, 2)]
    const options = { hidden: 32, epochs: 40, batch: 32, learningRate: 0.03, weightDecay: 0 }
    const { head, kept, epochs } = await trainMlp(runtime, train, validation, options)
    expect([epochs.length, epochs.at(-1)]).toEqual([40, kept])
    expect(kept.top1).toBeGreaterThan(0.9)
    expect(epochs[39]!.trainingLoss).toBeLessThan(epochs[0]!.trainingLoss / 2)
    const found = evaluated(head, validation)
    expect(found.top1).toBe(kept.top1)
    expect(found.loss).toBeCloseTo(kept.loss, 4)
    expect((await trainMlp(runtime, train, validation, options)).head.tensors).toEqual(head.tensors)
  })

  test('stops where it becomes no better, and keeps the best', async () => {
    const [train, validation] = [blobs(60, 2, 3), blobs(60, 3, 3)]
    const options = { hidden: 16, epochs: 60, batch: 16, learningRate: 0.02, patience: 4 }
    const { head, kept, epochs } = await trainMlp(runtime, train, validation, options)
    expect(epochs.length).toBeLessThan(60)
    expect(epochs.indexOf(kept)).toBe(epochs.length - 1 - 4)
    expect(Math.max(...epochs.map(({ top1 }) => top1))).toBe(kept.top1)
    expect(evaluated(head, validation).top1).toBe(kept.top1)
  })

  test('reports a learning rate that diverges', async () => {
    const diverging = trainMlp(runtime, blobs(60, 2), blobs(30, 3), { learningRate: 1e30, epochs: 5 })
    await expect(diverging).rejects.toMatchObject({ code: 'training-diverged' })
  })
})

test('stops the sweep with patience, and keeps the best candidate of the best epoch', async () => {
  const [train, validation] = [blobs(60, 2, 3), blobs(60, 3, 3)]
  const options = { epochs: 80, batch: 16, learningRates: [1e-3, 1] }
  const { best, candidates } = await sweepClassifiers(runtime, train, validation, { ...options, patience: 3 })
  const count = best.epochs!.length
  expect(count).toBeLessThan(80)
  const place = best.epochs!.findIndex(({ top1, loss }) => top1 === best.top1 && loss === best.loss)
  expect(place).toBe(count - 1 - 3)
  expect(Math.max(...candidates.flatMap(({ epochs }) => epochs!.map(({ top1 }) => top1)))).toBe(best.top1)
  const { epochs } = (await sweepClassifiers(runtime, train, validation, { ...options, everyEpoch: true })).best
  expect(epochs).toHaveLength(80)
  expect(epochs!.slice(0, 2).map(({ trainingLoss }) => trainingLoss > 0)).toEqual([true, true])
})
