import { hasShared } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { tokensApart } from './testing/tokens-apart.ts'

describe.skipIf(!hasShared).each([{ worker: true }, { worker: false }])('the reference’s tokens by WebGPU, %o', ({ worker }) => {
  test.each(['mlp', 'mlp-reg4', 'swiglu', 'swiglu-reg4'])('hold for %s, within 1e-3', async (variant) => {
    expect(await tokensApart(variant, { device: 'webgpu', worker })).toBeLessThanOrEqual(1e-3)
  })
})
