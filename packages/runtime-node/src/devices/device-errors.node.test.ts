import { expect, test } from 'vitest'
import { deviceErrors } from './device-errors.ts'

const errors = deviceErrors('webgpu', () => '')

// The engine's and drivers' own words, as far as they are read.
test.each([
  ['device-unavailable', 'WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid due to a previous error.'],
  ['device-unavailable', 'vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY'],
  ['device-unavailable', 'CUDA failure 2: out of memory ; GPU=0'],
  ['device-unavailable', 'CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED'],
  ['device-unavailable', 'Failed to allocate memory for requested buffer of size 5'],
  ['device-lost', 'CUDA failure 700: an illegal memory access was encountered'],
  ['device-lost', 'WebGPU device lost (2): vkQueueSubmit failed with VK_ERROR_DEVICE_LOST'],
  ['device-lost', '887A0005 The GPU device instance has been suspended: DXGI_ERROR_DEVICE_REMOVED'],
  ['device-unavailable', 'shader_helper.cc:416 GenerateSourceCode Program Cast requires f16 but the device does not support it.'],
  ['session-failed', 'Non-zero status code returned while running MatMul node: dimension mismatch'],
])('fails a run by %s where the engine says: %s', (code, reason) => {
  expect(errors.failed(reason)).toMatchObject({ code })
})

test('tells a device that is too small for the model from one that can’t be used, with the last words of the driver', () => {
  const words = [
    'first',
    ...Array.from({ length: 9 }, () => 'old'),
    '\u001b[31mWebGPU device error(3): no room\u001b[m',
    '    at Allocate (a.cpp:1)',
  ]
  const { refused } = deviceErrors('webgpu', () => words.join('\n'))
  const error = refused('[Invalid Buffer] is invalid due to a previous error.')
  expect(error).toMatchObject({ code: 'device-unavailable', message: expect.stringContaining('too little memory') as string })
  expect(error.details.given).toBe(
    '[Invalid Buffer] is invalid due to a previous error. The driver said: old old WebGPU device error(3): no room',
  )
  expect(refused('Failed to get a WebGPU adapter').message).toContain('can’t be used')
  expect(refused('Protobuf parsing failed')).toMatchObject({ code: 'session-failed' })
})
