import { open } from 'dinokit/browser'
import { expect, test } from 'vitest'

// SwiftShader, which emulates WebGPU here, has no 16-bit shaders.
test('computes in float32 on a GPU without 16 bits, and says why', async () => {
  const adapter = await navigator.gpu.requestAdapter()
  expect(adapter!.features.has('shader-f16')).toBe(false)
  await using vision = await open({ device: 'webgpu', precision: 'float16', size: { width: 28, height: 28 } })
  const reason = expect.stringMatching(/shader-f16/) as string
  expect(vision.engine).toMatchObject({ device: 'webgpu', precision: 'float32', fallback: reason })
  expect(vision.fingerprint().precision).toBe('float32')
  const { cls } = await vision.embed({ data: new Uint8Array(28 * 28 * 3).fill(99), width: 28, height: 28 })
  expect(Math.hypot(...cls.data)).toBeGreaterThan(1)
})
