import { createVision } from '@dinokit/core'
import { depth } from '@dinokit/head-depth'
import { createNodeRuntime } from '@dinokit/runtime-node'
import { largestDifference, ownGoldens } from '@dinokit/testing'
import { trainMlp, type ClassificationExamples } from '@dinokit/train'
import { expect, test, vi } from 'vitest'
import { openGoldenBackbone } from './testing/golden-backbone.ts'
import { hasSwiftShader, LIMIT, MANIFEST } from './testing/swiftshader.ts'

/** Examples of two classes on either side of a line. */
function examples(count: number): ClassificationExamples {
  const cls = Float32Array.from({ length: 2 * count }, (_, i) => Math.sin(i * 1.7) + (i % 4 < 2 ? 1 : -1))
  return { dim: 2, classes: ['a', 'b'], labels: Int32Array.from({ length: count }, (_, i) => i % 2), cls }
}

test.runIf(hasSwiftShader)('runs a head and a training on WebGPU beside the backbone there, as on the processor', async () => {
  vi.stubEnv('VK_DRIVER_FILES', MANIFEST)
  const [processor, device] = [createNodeRuntime({ device: 'cpu' }), createNodeRuntime({ device: 'webgpu' })]
  try {
    const expected = await ownGoldens.tensors('heads/depth-linear4.safetensors')
    const [, height, width] = expected.pixels!.shape as [number, number, number]
    const image = { data: (expected.pixels!.data as Uint8Array).subarray(0, height * width * 3), width, height }
    const heads = { depth: depth({ weights: await ownGoldens.read('heads/depth-linear4.pth') }) }
    await using there = await createVision(device, await openGoldenBackbone(ownGoldens), { heads })
    await using here = await createVision(processor, await openGoldenBackbone(ownGoldens), { heads })
    expect([there.engine.device, here.engine.device]).toEqual(['webgpu', 'cpu'])
    // The backbone's tokens are compared elsewhere: this is about the head's own session.
    const tokens = await here.embed(image, { size: 'source' })
    const [a, b] = [await there.heads.depth(tokens), await here.heads.depth(tokens)]
    expect(largestDifference(a.map.data, b.map.data)).toBeLessThanOrEqual(LIMIT)

    const options = { hidden: 4, epochs: 2, batch: 8, learningRate: 0.01 }
    const train = (runtime: typeof device): ReturnType<typeof trainMlp> => trainMlp(runtime, examples(32), examples(8), options)
    const [onDevice, onProcessor] = [await train(device), await train(processor)]
    expect(onDevice.kept.loss).toBeCloseTo(onProcessor.kept.loss, 3)
    for (const [name, { data }] of Object.entries(onProcessor.head.tensors))
      expect(largestDifference(onDevice.head.tensors[name]!.data, data)).toBeLessThanOrEqual(LIMIT)
  } finally {
    await Promise.all([processor.close(), device.close()])
    vi.unstubAllEnvs()
  }
})
