import { tensor } from '@dinokit/core'
import { emptyLabels } from '@dinokit/head-kit'
import { expect, test } from 'vitest'
import { classesIn } from './classes-in.ts'

test.each([3, 300])('counts the pixels of %d classes, run by run, as one by one', (count) => {
  // An odd number of pixels, runs of 1 to 13, some of what the model did not see.
  const labels = emptyLabels(count, { width: 37, height: 29 })
  const { data, unknown } = labels
  for (let start = 0, run = 0; start < data.length; run++) {
    const end = Math.min(data.length, start + 1 + ((run * 7) % 13))
    if (run % 5 !== 0) data.fill((run * run) % count, start, end)
    start = end
  }
  const expected = new Map<number, number>()
  for (const label of data) if (label !== unknown) expected.set(label, (expected.get(label) ?? 0) + 1)
  const seen = [...expected.values()].reduce((a, b) => a + b)
  const names = Array.from({ length: count }, (_, index) => ({ name: `class ${index}` }))
  const probabilities = tensor('float32', new Float32Array(count).fill(1 / count), [count, 1, 1])
  const found = classesIn(labels, probabilities, names)
  expect(new Map(found.map(({ index, pixels }) => [index, pixels]))).toEqual(expected)
  for (const { pixels, share } of found) expect(share).toBe(pixels / seen)
})
