import type { Vision } from '@dinokit/core'
import { createNodeRuntime, type ImageSource } from '@dinokit/runtime-node'
import { largestDifference } from '@dinokit/testing'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { hasSwiftShader, IMAGES, LIMIT, look, MANIFEST, streamUntilLost } from './testing/swiftshader.ts'

describe.runIf(hasSwiftShader)('WebGPU in Node, by SwiftShader', () => {
  const processor = createNodeRuntime({ device: 'cpu', engine: { host: 'thread' } })
  const device = createNodeRuntime({ device: 'webgpu' })
  let expected: Vision<ImageSource>
  beforeAll(async () => {
    vi.stubEnv('VK_DRIVER_FILES', MANIFEST)
    expected = await look(processor)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await expected.dispose()
    await Promise.all([processor.close(), device.close()])
  })

  test('gives the processor’s tokens, layers and attention, names the adapter, and tells every image of a lost device as failed; of two visions that share it one outlives the other', async () => {
    await using vision = await look(device)
    const other = await look(device)
    expect(vision.engine).toMatchObject({ device: 'webgpu', adapter: 'SwiftShader', precision: 'float32' })
    const [a, b, c] = await Promise.all([vision.embed(IMAGES[0]!), other.embed(IMAGES[1]!), vision.embed(IMAGES[2]!)])
    await other.dispose()
    const d = await vision.embed(IMAGES[3]!)
    for (const [index, tokens] of [
      [0, a],
      [1, b],
      [2, c],
      [3, d],
    ] as const) {
      const wanted = await expected.embed(IMAGES[index]!)
      expect(largestDifference(tokens.patches.data, wanted.patches.data)).toBeLessThanOrEqual(LIMIT)
      expect(largestDifference(tokens.layers[1]!.cls.data, wanted.layers[1]!.cls.data)).toBeLessThanOrEqual(LIMIT)
      expect(largestDifference(tokens.attention[1]!.data, wanted.attention[1]!.data)).toBeLessThanOrEqual(LIMIT)
    }

    const items = await streamUntilLost(vision)
    expect(items.map(({ index }) => index)).toEqual(IMAGES.map((_, index) => index))
    const failed = items.filter(({ error }) => error)
    expect(failed.length).toBeGreaterThan(0)
    expect(failed.map(({ error }) => error!.code)).toEqual(failed.map(() => 'device-lost'))
    await expect(vision.embed(IMAGES[0]!)).rejects.toMatchObject({ code: 'device-lost' })
  })
})
