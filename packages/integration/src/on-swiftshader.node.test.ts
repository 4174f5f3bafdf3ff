import { createVision, tensor } from '@dinokit/core'
import { largestDifference, ownGoldens, SLOW_TO_RUN } from '@dinokit/testing'
import { inPrecision } from '@dinokit/vit'
import { describe, expect, test } from 'vitest'
import { openGoldenBackbone } from './testing/golden-backbone.ts'
import { compareOnSwiftShader, hasSwiftShader, IMAGES, LIMIT, look, streamUntilLost } from './testing/swiftshader.ts'

describe.runIf(hasSwiftShader)('WebGPU in Node, by SwiftShader', () => {
  const { device, expected } = compareOnSwiftShader()

  test('gives the processor’s tokens, layers and attention, names the adapter, says that a model has too little memory or wants 16 bits, and tells every image of a lost device as failed; of two visions that share it one outlives the other', async () => {
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
      const wanted = await expected().embed(IMAGES[index]!)
      expect(largestDifference(tokens.patches.data, wanted.patches.data)).toBeLessThanOrEqual(LIMIT)
      expect(largestDifference(tokens.layers[1]!.cls.data, wanted.layers[1]!.cls.data)).toBeLessThanOrEqual(LIMIT)
      expect(largestDifference(tokens.attention[1]!.data, wanted.attention[1]!.data)).toBeLessThanOrEqual(LIMIT)
    }

    const backbone = await openGoldenBackbone(ownGoldens)
    await using half = await createVision(device, inPrecision(backbone, { precision: 'float16' }), { size: { width: 28, height: 28 } })
    await expect(half.embed(IMAGES[0]!)).rejects.toMatchObject({
      code: 'device-unavailable',
      message: expect.stringContaining('16 bits') as string,
    })

    // Two matrices of 3.6 GB, which this device has no room for.
    await using large = await device.createSession(SLOW_TO_RUN)
    const sides = tensor('int64', BigInt64Array.of(30_000n, 30_000n), [2])
    await expect(large.run({ x: tensor('float32', Float32Array.of(1), [1]), sides })).rejects.toMatchObject({
      code: 'device-unavailable',
      message: expect.stringContaining('too little memory') as string,
    })

    const items = await streamUntilLost(vision)
    expect(items.map(({ index }) => index)).toEqual(IMAGES.map((_, index) => index))
    const failed = items.filter(({ error }) => error)
    expect(failed.length).toBeGreaterThan(0)
    expect(failed.map(({ error }) => error!.code)).toEqual(failed.map(() => 'device-lost'))
    await expect(vision.embed(IMAGES[0]!)).rejects.toMatchObject({ code: 'device-lost' })
  })
})
