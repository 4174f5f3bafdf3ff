import { tensor } from '@dinokit/core'
import { triple } from '@dinokit/testing'
import { describe, expect, test, vi } from 'vitest'
import { createNodeRuntime } from '../create-node-runtime.ts'
import { createSession } from '../engine/create-session.ts'
import { assertDeviceOfPlatform, assertPlatform, devicesOf } from './device-providers.ts'

test('names the devices of each platform, and refuses those it lacks in words', () => {
  expect(devicesOf('linux/x64')).toEqual(['cuda', 'webgpu'])
  expect(devicesOf('win32/x64')).toEqual(['webgpu', 'directml'])
  expect(devicesOf('linux/arm64')).toEqual([])
  expect(() => assertPlatform('darwin/x64')).toThrow('no library for Macs with Intel processors')
  expect(() => assertDeviceOfPlatform('webgpu', 'linux/arm64')).toThrow('no webgpu for Linux on ARM')
  expect(() => assertDeviceOfPlatform('directml', 'darwin/arm64')).toThrow('Windows on x64')
})

test('refuses a browser’s device, an unknown device, and two that differ', () => {
  expect(() => createNodeRuntime({ device: 'wasm' })).toThrow(expect.objectContaining({ code: 'device-unavailable' }))
  expect(() => createNodeRuntime({ device: 'gpu' as 'webgpu' })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  expect(() => createNodeRuntime({ device: 'cpu', engine: { device: 'webgpu' } })).toThrow('engine.device is webgpu')
})

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('a device that is not there', () => {
  test('fails by its name, with what was found and what the driver wrote to standard error: it never gives way to the processor', async () => {
    vi.stubEnv('VK_DRIVER_FILES', '/nowhere/none.json')
    try {
      await expect(createSession(triple(), { device: 'webgpu' })).rejects.toMatchObject({
        code: 'device-unavailable',
        details: {
          given: expect.stringMatching(/no Vulkan driver.*The driver said: .*Found no drivers/) as string,
          hint: expect.stringMatching(/Vulkan/) as string,
        },
      })
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test('says how to install what CUDA needs, and which platforms have DirectML', async () => {
    await expect(createSession(triple(), { device: 'cuda' })).rejects.toMatchObject({
      code: 'device-unavailable',
      details: { hint: expect.stringContaining('ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node') as string },
    })
    await expect(createSession(triple(), { device: 'directml' })).rejects.toMatchObject({ code: 'device-unavailable' })
  })
})

test('computes on the processor where that is named, and says so', async () => {
  await using session = await createSession(triple(), { device: 'cpu' })
  expect(session.engine.device).toBe('cpu')
  const { y } = await session.run({ x: tensor('float32', Float32Array.of(2), [1]) })
  expect(y!.data).toEqual(Float32Array.of(6))
})
