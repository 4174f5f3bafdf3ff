import { depth } from '@dinokit/head-depth'
import { largestDifference } from '@dinokit/testing'
import { open, type Pixels } from 'dinokit/browser'
import { expect, test } from 'vitest'

test('takes a head’s tokens from the device, and answers as on WebAssembly', async () => {
  const side = 56
  const image = (number: number): Pixels => ({
    data: Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * (7 + number)) % 251),
    width: side,
    height: side,
  })
  const options = { size: { width: side, height: side }, heads: { depth: depth() } }
  await using vision = await open({ ...options, engine: { device: 'webgpu' } })
  await using other = await open({ ...options, engine: { device: 'wasm' } })
  expect([vision.engine?.device, other.engine?.device]).toEqual(['webgpu', 'wasm'])
  for (const number of [1, 2]) {
    const tokens = await vision.embed(image(number))
    // What proves it: from the second image on, the tokens in memory are of no use.
    const all = [tokens, ...Object.values(tokens.layers)].flatMap(({ cls, patches }) => [cls, patches])
    if (number > 1) all.forEach(({ data }) => data.fill(0))
    const [{ map: meters }, expected] = [await vision.heads.depth(tokens), await other.heads.depth(image(number))]
    expect(largestDifference(meters.data, expected.map.data)).toBeLessThanOrEqual(1e-3)
  }
})
