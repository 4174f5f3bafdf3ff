import type { EngineOptions } from '@dinokit/runtime-web'
import { hasShared } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { tokensApart } from './testing/tokens-apart.ts'

// Emulated WebGPU compiles for seconds: every variant by it is in golden-backbone.slow.browser.test.ts.
describe.skipIf(!hasShared)('the reference’s tokens in a browser', () => {
  test.each<[string, string, EngineOptions, number]>([
    ['WebGPU', 'swiglu-reg4', { device: 'webgpu' }, 1e-3],
    ['WebGPU without a worker', 'mlp', { device: 'webgpu', worker: false }, 1e-3],
    ['WebAssembly on one thread', 'mlp', { device: 'wasm', threads: 1 }, 1e-4],
    ['WebAssembly without a worker', 'mlp', { device: 'wasm', worker: false }, 1e-4],
  ])('hold for %s: %s', async (_, variant, engine, limit) => {
    expect(await tokensApart(variant, engine)).toBeLessThanOrEqual(limit)
  })
})
