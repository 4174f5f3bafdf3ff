import type { OnnxModel, Pixels } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import { createSession } from '@dinokit/runtime-node'
import { scaledVitCard, studentFromCard, type LabeledImage, type Student } from '@dinokit/train'
import { findModelCard } from 'dinokit'
import { expect, test } from 'vitest'
import { trainOnLabels, type LabelScore } from './train-on-labels.ts'

const runtime = { createSession: (model: OnnxModel) => createSession(model), decodeImage: (pixels: Pixels) => Promise.resolve(pixels) }

/** Stripes that stand or lie, of a width and color of their own: no color tells them apart. */
function stripes(label: 'standing' | 'lying', seed: number): LabeledImage<Pixels> {
  const random = createRandom(seed)
  const [side, period] = [64, 6 + random.below(6)]
  const colors = Array.from({ length: 6 }, () => random.below(256))
  const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % side, Math.floor(i / 3 / side)]
    return colors[(i % 3) + (Math.floor((label === 'standing' ? x : y) / period) % 2) * 3]!
  })
  return { source: { width: side, height: side, data }, label }
}
const split = (count: number, seed: number): LabeledImage<Pixels>[] =>
  Array.from({ length: count }, (_, index) => stripes(index % 2 ? 'standing' : 'lying', seed + index))

const SPLITS = { train: split(48, 0), test: split(24, 1000) }
/** Shows images of 56 x 56, so that looking at them takes no time. */
const CARD = { ...findModelCard('tiny'), preprocessing: { ...findModelCard('tiny').preprocessing, shortest: 64, crop: 56 } }
const START: Student = studentFromCard(scaledVitCard(CARD, 2, 32), 1)
const RECIPE = { size: 56, batch: 16, learningRate: 3e-3, seed: 1 }

test('classifies unseen images after a few steps, by its own classifier and by neighbors', async () => {
  const scores: LabelScore[] = []
  const losses: number[] = []
  const { student, steps, interrupted } = await trainOnLabels(runtime, START, SPLITS, {
    ...RECIPE,
    steps: 120,
    onStep: ({ loss }) => void losses.push(loss),
    onScore: (score) => void scores.push(score),
  })
  expect([steps, interrupted, scores.map(({ step }) => step)]).toEqual([120, false, [0, 120]])
  // Of two classes as often, what knows nothing has the logarithm of two at best.
  expect(losses.slice(-10).reduce((sum, loss) => sum + loss, 0) / 10).toBeLessThan(Math.log(2) / 3)
  expect(scores[0]!.top1).toBeLessThan(0.8)
  for (const share of [scores[1]!.top1, scores[1]!.trainTop1, scores[1]!.knn]) expect(share).toBeGreaterThan(0.9)
  expect(Object.keys(student.tensors)).toEqual(Object.keys(START.tensors))
  expect(student.tensors.mask_token).toEqual(START.tensors.mask_token)
  expect(student.tensors['norm.weight']!.data).not.toEqual(START.tensors['norm.weight']!.data)
})

test.each([
  ['size-invalid', { ...RECIPE, size: 60, steps: 1 }, SPLITS],
  ['label-invalid', { ...RECIPE, steps: 1 }, { ...SPLITS, test: [{ ...SPLITS.test[0]!, label: 'leaning' }] }],
  ['invalid-option', RECIPE, SPLITS],
])('rejects %s before anything is trained', async (code, options, splits) => {
  const onStep = (): void => expect.unreachable()
  await expect(trainOnLabels(runtime, START, splits, { ...options, onStep })).rejects.toThrow(expect.objectContaining({ code }))
})
