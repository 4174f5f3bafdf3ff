import { sampleFingerprint, sampleTokens } from '@dinokit/conformance'
import { findModelCard, openHead, tensor } from '@dinokit/core'
import { createRuntime } from '#runtime'
import { expect, test } from 'vitest'
import { erf, gelu } from './lib/gelu.ts'
import { knn } from './knn.ts'

test('votes of exp(cosine / temperature) of the k nearest, as the formula says', async () => {
  const card = findModelCard('tiny')
  const size = { width: 14, height: 14 }
  const tokens = sampleTokens(card, { source: size, resized: size, left: 0, top: 0, input: size }, {}, 3)
  const [count, dim, k, temperature] = [12, 192, 5, 0.07]
  const embeddings = tensor(
    'float32',
    Float32Array.from({ length: count * dim }, (_, i) => Math.sin(i * 0.37) * 3),
    [count, dim],
  )
  const labels = Array.from({ length: count }, (_, i) => i % 3)
  const classes = ['a', 'b', 'c'].map((name) => ({ name }))
  await using head = await openHead(knn({ embeddings, labels, classes, k }), {
    card,
    fingerprint: sampleFingerprint(card),
    runtime: createRuntime(),
  })
  const { classes: ranked, logits } = await head.run(tokens, { top: 3 })
  const unit = (values: ArrayLike<number>): number[] => {
    const length = Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0))
    return Array.from(values, (value) => value / length)
  }
  const query = unit(tokens.cls.data)
  const votes = [0, 0, 0]
  Array.from({ length: count }, (_, row) => ({
    label: labels[row]!,
    cosine: unit(embeddings.data.subarray(row * dim, (row + 1) * dim)).reduce((sum, value, i) => sum + value * query[i]!, 0),
  }))
    .sort((a, b) => b.cosine - a.cosine)
    .slice(0, k)
    .forEach(({ label, cosine }) => (votes[label]! += Math.exp(cosine / temperature)))
  const total = votes.reduce((a, b) => a + b)
  votes.forEach((vote, index) => expect(logits.data[index]).toBeCloseTo(vote / total, 5))
  expect(ranked.map(({ probability }) => probability)).toEqual([...ranked.map(({ probability }) => probability)].sort((a, b) => b - a))
  expect(ranked[0]!.name).toBe('abc'[votes.indexOf(Math.max(...votes))])
})

test('computes the error function, by its published values', () => {
  // Abramowitz and Stegun, table 7.1.
  for (const [x, value] of [
    [0, 0],
    [0.5, 0.5204998778],
    [1, 0.8427007929],
    [2, 0.995322265],
    [2.6, 0.9997639656],
    [-1, -0.8427007929],
    [7, 1],
  ] as const)
    expect(erf(x)).toBeCloseTo(value, 9)
  expect(gelu(1)).toBeCloseTo(0.8413447461, 9)
})
