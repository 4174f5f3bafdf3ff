import { expect, test } from 'vitest'
import { allocate, bytesOf, destroy, readBack, roomFor } from './device-buffers.ts'

/** A device that takes buffers as large as there can be. */
async function deviceOf(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter()
  const { maxBufferSize } = adapter!.limits
  return adapter!.requestDevice({ requiredLimits: { maxBufferSize } })
}

test('buffers take float32 values in fours, and are read back', async () => {
  expect([[], [3], [4], [5, 2]].map((shape) => [bytesOf(shape), roomFor(shape)])).toEqual([
    [4, 16],
    [12, 16],
    [16, 16],
    [40, 48],
  ])
  const device = await deviceOf()
  const buffers = await allocate(device, [[3], [2, 5]])
  buffers.forEach((buffer, index) => device.queue.writeBuffer(buffer, 0, new Float32Array(buffer.size / 4).fill(index + 1)))
  const read = await readBack(device, buffers)
  expect(read.map((values) => [...new Float32Array(values)])).toEqual([Array(4).fill(1), Array(12).fill(2)])
  destroy(buffers)
  device.destroy()
})

test('reports a full device, and keeps nothing on it', async () => {
  const device = await deviceOf()
  // The emulated device has no room for the largest buffer that it allows.
  await expect(allocate(device, [[4], [device.limits.maxBufferSize / 4]])).rejects.toThrow(/^out of memory/)
  destroy(await allocate(device, [[1000]]))
  device.destroy()
})
