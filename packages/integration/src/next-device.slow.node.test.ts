import type { Runtime } from '@dinokit/core'
import { withNextDevice, wrapEngineSession, type EngineSession } from '@dinokit/runtime-kit'
import { largestDifference } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { compareOnSwiftShader, hasSwiftShader, IMAGES, LIMIT, look, streamUntilLost } from './testing/swiftshader.ts'

describe.runIf(hasSwiftShader)('WebGPU in Node, by SwiftShader', () => {
  const { processor, device, expected } = compareOnSwiftShader()
  const tokensOf = async (index: number): Promise<Float32Array> => (await expected().embed(IMAGES[index]!)).patches.data

  test('runs the images under way on the processor where that may take over: none is lost, none comes twice', async () => {
    const bare = async (runtime: Runtime, model: Parameters<Runtime['createSession']>[0]): Promise<EngineSession> => {
      const session = await runtime.createSession(model)
      const { engine, inputs, outputs } = session
      return { engine, inputs, outputs, run: (feeds) => session.run(feeds), release: () => session.dispose() }
    }
    await using vision = await look({
      ...device,
      createSession: async (model) => wrapEngineSession(withNextDevice(await bare(device, model), () => bare(processor, model))),
    })
    expect(vision.engine.device).toBe('webgpu')
    const items = await streamUntilLost(vision)
    expect(vision.engine.device).toBe('cpu')
    expect(items.map(({ index }) => index)).toEqual(IMAGES.map((_, index) => index))
    for (const { index, tokens, error } of items) {
      expect(error).toBeUndefined()
      expect(largestDifference(tokens!.patches.data, await tokensOf(index))).toBeLessThanOrEqual(LIMIT)
    }
  })
})
