import { headRules, testRules } from '@dinokit/conformance'
import { createRuntime, findModelCard, open } from 'dinokit'
import assert from 'node:assert/strict'
import test from 'node:test'
import { saliency } from './index.ts'

testRules(test, headRules({ head: saliency, runtime: createRuntime(), card: findModelCard('tiny'), options: [{ contrast: 2 }] }))

test('marks a bright square on gray', async () => {
  const [width, height] = [224, 112]
  const data = new Uint8Array(width * height * 3).fill(128)
  for (let y = 42; y < 70; y++) for (let x = 28; x < 56; x++) data.set([250, 40, 40], (y * width + x) * 3)
  await using vision = await open({ heads: { saliency: saliency() } })
  const { map } = await vision.heads.saliency({ data, width, height }, { size: 'source' })
  assert.deepEqual(map.shape, [height, width])
  assert.ok(map.data[56 * width + 42]! > 3 * map.data[56 * width + 180]!)
})
