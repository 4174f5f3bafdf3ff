import { createSession } from '#runtime'
import { describe, expect, test } from 'vitest'
import { crossValidate, selectByOneStandardError, type Candidate } from './cross-validate.ts'
import { earlyStopping } from './early-stopping.ts'
import { fitLogistic } from './fit-logistic.ts'
import { stratifiedFolds } from './stratified-folds.ts'
import { blobs } from '../testing/blobs.ts'

describe('folds', () => {
  test('part all examples, evenly, with every class in each, the same for the same seed', () => {
    const labels = Int32Array.from({ length: 53 }, (_, index) => (index < 30 ? 0 : index < 46 ? 1 : 2))
    const parts = stratifiedFolds(labels, 5, 3)
    expect(parts.flat().sort((a, b) => a - b)).toEqual([...labels.keys()])
    expect(parts.map(({ length }) => length)).toEqual([11, 11, 11, 10, 10])
    for (const [label, counts] of [
      [0, [6]],
      [1, [3, 4]],
      [2, [1, 2]],
    ] as const)
      for (const part of parts) expect(counts).toContain(part.filter((index) => labels[index] === label).length)
    expect(stratifiedFolds(labels, 5, 3)).toEqual(parts)
    expect(stratifiedFolds(labels, 5, 4)).not.toEqual(parts)
    expect(stratifiedFolds([0, 1, 0], 5, 0).flat()).toHaveLength(3)
    expect(() => stratifiedFolds(labels, 1, 0)).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  })
})

describe('cross-validation', () => {
  const runtime = { createSession: (model: Parameters<typeof createSession>[0]) => createSession(model) }
  const examples = blobs(61, 2, 1.5)

  test('evaluates every example once, by a classifier trained without it, best first', async () => {
    const seen: number[] = []
    const [ones, tens, ...others] = await crossValidate(
      examples,
      ({ train, validation, fold, folds }) => {
        expect([folds, train.labels.length + validation.labels.length]).toEqual([7, 61])
        const first = (of: typeof train): Set<number> => new Set(Array.from(of.labels, (_, index) => of.cls[index * 32]!))
        expect([...first(validation)].some((value) => first(train).has(value))).toBe(false)
        seen.push(...first(validation))
        const evaluated = { top1: fold === 0 ? 1 : 0, loss: fold }
        return Promise.resolve([
          { choice: 'tens', top1: evaluated.top1, loss: 10 * fold, epochs: [{ ...evaluated, trainingLoss: 2 }] },
          { choice: 'ones', ...evaluated },
          ...(fold === 3 ? [] : [{ choice: 'diverged once', top1: 1, loss: 0 }]),
        ])
      },
      { folds: 7, seed: 1 },
    )
    expect(new Set(seen).size).toBe(61)
    expect([ones!.choice, tens!.choice, others]).toEqual(['ones', 'tens', []])
    // 61 in 7 folds: five of 9 and two of 8.
    expect(ones!.top1).toBeCloseTo(9 / 61, 12)
    expect(tens!.loss).toBeCloseTo((10 * (9 * (1 + 2 + 3 + 4) + 8 * (5 + 6))) / 61, 12)
    const spread = [0, 10, 20, 30, 40, 50, 60].map((loss) => (loss - tens!.loss) ** 2)
    expect(tens!.lossError).toBeCloseTo(Math.sqrt(spread.reduce((a, b) => a + b) / 6 / 7), 12)
    expect(tens!.epochs).toMatchObject([{ trainingLoss: 2 }])
  })

  test('says where every way diverged', async () => {
    await expect(crossValidate(examples, () => Promise.resolve([]))).rejects.toMatchObject({ code: 'training-diverged' })
  })

  test('finds that a penalty of logistic regression can be too strong', async () => {
    const strengths = [1e-9, 0.1]
    const tried = await crossValidate(examples, async ({ train, validation }) =>
      (await fitLogistic(runtime, train, validation, { strengths })).tried.map(({ strength, ...evaluated }) => ({
        choice: strength,
        ...evaluated,
      })),
    )
    expect(tried.map(({ choice }) => choice)).toEqual([0.1, 1e-9])
    expect(tried[0]!.top1).toBeGreaterThan(0.6)
  })
})

test('chooses the simplest within one standard error of the best', () => {
  const of = (choice: number, loss: number): Candidate<number> => ({ choice, top1: 1 - loss, loss, lossError: 0.1 * choice })
  const simpler = (a: number, b: number): number => (a > 100 || b > 100 ? 0 : a - b)
  const tried = [of(1, 0.5), of(2, 0.35), of(3, 0.31), of(4, 0.3), of(5, 0.29), of(6, 0.4), of(101, 0.3)]
  // The lowest is that of 5, whose error is 0.5.
  expect(selectByOneStandardError(tried, simpler).choice).toBe(1)
  expect(
    selectByOneStandardError(
      tried.map((one) => ({ ...one, lossError: 0.03 })),
      simpler,
    ).choice,
  ).toBe(3)
  expect(
    selectByOneStandardError(
      tried.map((one) => ({ ...one, lossError: 0 })),
      simpler,
    ).choice,
  ).toBe(5)
})

test('keeps the first of the best by early stopping, and waits as long as it was told', () => {
  const stopping = earlyStopping<{ score: number; of?: string }>(2, (a, b) => b.score - a.score)
  const said = [3, 5, 5, 4, 6].map((score, index) => stopping.add({ score, of: `epoch ${index}` }))
  expect(said).toEqual([false, false, false, true, false])
  expect(stopping.best).toEqual({ score: 6, of: 'epoch 4' })
  const equal = earlyStopping<readonly number[]>(5, ([a], [b]) => b! - a!)
  for (const item of [
    [1, 0],
    [1, 1],
  ])
    equal.add(item)
  expect(equal.best).toEqual([1, 0])
})
