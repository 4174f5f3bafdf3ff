import { tensor } from '@dinokit/core'
import { createSession, type EngineOptions } from '@dinokit/runtime-web'
import { golden, hasShared, largestDifference, sharedGoldens } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { openGolden } from './testing/open-golden.ts'

const VARIANTS = ['mlp', 'mlp-reg4', 'swiglu', 'swiglu-reg4'] as const
/** The tokens of one golden size by one engine, as far as they are from the reference's. */
async function apart(variant: string, engine: EngineOptions): Promise<number> {
  const backbone = await openGolden(sharedGoldens, variant, 'meta.pth', 'meta')
  const graph = backbone.graph({ attention: [1] })
  await using session = await createSession(graph.model, engine)
  const { pixels, cls, patches } = await golden(`backbone/${variant}/70x70.safetensors`)
  const batch = pixels!.shape[0]!
  const outputs = await session.run(graph.feeds(tensor('uint8', pixels!.data as Uint8Array, pixels!.shape)))
  const tokens = graph.read(outputs, batch, [5, 5])
  const join = (part: (of: (typeof tokens)[number]) => Float32Array): number[] => tokens.flatMap((of) => [...part(of)])
  return Math.max(
    largestDifference(
      join((of) => of.cls.data),
      cls!.data as Float32Array,
    ),
    largestDifference(
      join((of) => of.patches.data),
      patches!.data as Float32Array,
    ),
  )
}

describe.skipIf(!hasShared)('the reference’s tokens', () => {
  test.each(VARIANTS)('%s by WebGPU, within 1e-3', async (variant) => {
    expect(await apart(variant, { device: 'webgpu' })).toBeLessThanOrEqual(1e-3)
  })

  test.each<[string, EngineOptions]>([
    ['one thread', { device: 'wasm', threads: 1 }],
    ['no worker', { device: 'wasm', worker: false }],
    ['no worker, WebGPU', { device: 'webgpu', worker: false }],
  ])('%s', async (_, engine) => {
    expect(await apart('mlp', engine)).toBeLessThanOrEqual(engine.device === 'webgpu' ? 1e-3 : 1e-4)
  })
})
