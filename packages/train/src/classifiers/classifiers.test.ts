import { createSession } from '#runtime'
import { describe, expect, test } from 'vitest'
import { joinFeatures, type ClassificationExamples } from './classification-examples.ts'
import { classificationMetrics } from './classification-metrics.ts'
import type { SessionMaker } from '../step/create-trainer.ts'
import { fitLogistic } from './fit-logistic.ts'
import type { HeadModel } from './head-model.ts'
import { classifyByNeighbors } from './nearest-neighbors.ts'
import { sweepClassifiers, type SweepCandidate } from './sweep-classifiers.ts'
import { blobs } from '../testing/blobs.ts'
import { canceledIn } from '../testing/canceled-in.ts'

const runtime: SessionMaker = { createSession: (model) => createSession(model) }
const [train, validation] = [blobs(120, 2), blobs(60, 3)]

/** Computes the answers of a linear head here. */
function answers({ tensors }: HeadModel, examples: ClassificationExamples, layers: number, mean: boolean): number[] {
  const { data, width } = joinFeatures(examples, { layers, mean })
  const [weight, bias] = [tensors['network.0.weight']!, tensors['network.0.bias']!]
  expect(weight.shape).toEqual([3, width])
  return Array.from(examples.labels, (_, example) => {
    const logits = [0, 1, 2].map(
      (c) =>
        bias.data[c]! +
        data.subarray(example * width, (example + 1) * width).reduce((sum, x, i) => sum + x * weight.data[c * width + i]!, 0),
    )
    return logits.indexOf(Math.max(...logits))
  })
}

describe('the sweep', () => {
  test('keeps the best of its candidates, whose head answers as it was evaluated, the same every time', async () => {
    const options = { epochs: 12, batch: 32, learningRates: [1e-6, 0.3] }
    const { head, best, candidates } = await sweepClassifiers(runtime, train, validation, options)
    expect(candidates).toHaveLength(8)
    expect(best).toBe(candidates[0])
    expect(best.learningRate).toBe(0.3)
    expect(best.top1!).toBeGreaterThan(0.95)
    expect(candidates.at(-1)!.top1!).toBeLessThan(best.top1!)
    const said = answers(head, validation, best.layers, best.mean)
    expect(classificationMetrics(said, validation.labels, 3).top1).toBeCloseTo(best.top1!, 12)
    const again = await sweepClassifiers(runtime, train, validation, options)
    expect(again.head.tensors).toEqual(head.tensors)
  })

  test('drops a candidate that diverges, with a word, and goes on with the others', async () => {
    const dropped: SweepCandidate[] = []
    const { best, candidates } = await sweepClassifiers(runtime, train, validation, {
      epochs: 10,
      batch: 32,
      learningRates: [0.3, 1e38],
      features: [{ layers: 4, mean: false }],
      onDropped: (candidate) => dropped.push(candidate),
    })
    expect(dropped).toEqual([{ layers: 4, mean: false, learningRate: 1e38 }])
    expect([best.learningRate, candidates.length]).toEqual([0.3, 2])
    expect(candidates[1]!.top1).toBeUndefined()
  })

  test('stops in the middle of an evaluation, where that is canceled', async () => {
    // One epoch of four steps, then one run that evaluates.
    const { runtime, signal } = canceledIn(5)
    const options = { epochs: 1, batch: 30, learningRates: [0.3], signal }
    await expect(sweepClassifiers(runtime, train, validation, options)).rejects.toMatchObject({ code: 'aborted' })
  })

  test('rejects what can’t be trained on', async () => {
    const code = (of: Partial<ClassificationExamples>): Promise<unknown> =>
      sweepClassifiers(runtime, { ...train, ...of }, validation).catch((error: unknown) => (error as { code: string }).code)
    expect(await code({ classes: ['one'] })).toBe('invalid-option')
    expect(await code({ labels: new Int32Array(), cls: new Float32Array(), mean: new Float32Array() })).toBe('invalid-option')
    expect(await code({ cls: train.cls.with(5, NaN) })).toBe('tensor-invalid')
    expect(await code({ labels: train.labels.with(0, 7) })).toBe('tensor-invalid')
    await expect(sweepClassifiers(runtime, train, validation, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
  })
})

test('stops logistic regression in the middle of a run, where that is canceled', async () => {
  const { runtime, signal } = canceledIn(1)
  const fitting = fitLogistic(runtime, train, validation, { strengths: [0.5], iterations: 1, signal })
  await expect(fitting).rejects.toMatchObject({ code: 'aborted' })
})

test('ends logistic regression where its slope is zero', async () => {
  const strength = 0.5
  const { head } = await fitLogistic(runtime, train, validation, { strengths: [strength], features: { layers: 4, mean: false } })
  const { data, width } = joinFeatures(train, { layers: 4, mean: false })
  const [weight, bias] = [head.tensors['network.0.weight']!.data, head.tensors['network.0.bias']!.data]
  const slope = new Float64Array(3 * width).map((_, i) => weight[i]! / (strength * train.labels.length))
  train.labels.forEach((label, example) => {
    const x = data.subarray(example * width, (example + 1) * width)
    const raised = [0, 1, 2].map((c) => Math.exp(bias[c]! + x.reduce((sum, value, i) => sum + value * weight[c * width + i]!, 0)))
    const sum = raised.reduce((a, b) => a + b)
    raised.forEach((value, c) =>
      x.forEach((of, i) => (slope[c * width + i]! += ((value / sum - Number(c === label)) * of) / train.labels.length)),
    )
  })
  expect(Math.max(...slope.map(Math.abs))).toBeLessThan(1e-4)
})

test('finds nearest neighbors, the asked itself left out where it is among the known', () => {
  const [tight, asked] = [blobs(60, 4, 0.2), blobs(30, 5, 0.2)]
  expect(classificationMetrics(classifyByNeighbors(tight, asked), asked.labels, 3).top1).toBe(1)
  const pair: ClassificationExamples = { dim: 2, classes: ['a', 'b'], labels: Int32Array.of(0, 1), cls: Float32Array.of(1, 0, 0.9, 0.1) }
  expect([...classifyByNeighbors(pair, pair, { k: 1 })]).toEqual([1, 0])
})

test('computes metrics', () => {
  const { top1, balancedAccuracy, confusion } = classificationMetrics([0, 0, 1, 1], [0, 0, 0, 1], 3)
  expect([top1, balancedAccuracy]).toEqual([0.75, (2 / 3 + 1) / 2])
  expect(confusion).toEqual([
    [2, 1, 0],
    [0, 1, 0],
    [0, 0, 0],
  ])
})
