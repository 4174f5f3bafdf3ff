// Bits of GPUBufferUsage and GPUMapMode, by the WebGPU specification: TypeScript does not know them.
const [MAP_READ, COPY_SRC, COPY_DST, STORAGE] = [0x1, 0x4, 0x8, 0x80]
const READ = 0x1

/** Shape of float32 values. */
type Shape = readonly number[]

/** Bytes that float32 values take. */
export function bytesOf(shape: Shape): number {
  return 4 * shape.reduce((product, length) => product * length, 1)
}

/** Bytes of a buffer for float32 values: shaders read four at a time. */
export function roomFor(shape: Shape): number {
  return 16 * Math.ceil(bytesOf(shape) / 16)
}

/**
 * Makes buffers for float32 values.
 *
 * @throws Error where there is no room: the device itself would say so only later, and compute on regardless
 */
export async function allocate(device: GPUDevice, shapes: readonly Shape[]): Promise<GPUBuffer[]> {
  if (shapes.length === 0) return []
  const usage = STORAGE | COPY_SRC | COPY_DST
  device.pushErrorScope('out-of-memory')
  const buffers = shapes.map((shape) => device.createBuffer({ size: roomFor(shape), usage }))
  const error = await device.popErrorScope()
  if (!error) return buffers
  destroy(buffers)
  throw new Error(`out of memory: ${error.message}`)
}

/** Frees buffers. What the device was told to do with them before is still done. */
export function destroy(buffers: Iterable<GPUBuffer>): void {
  for (const buffer of buffers) buffer.destroy()
}

/** Copies buffers of {@link allocate} to memory, all at once. */
export async function readBack(device: GPUDevice, buffers: readonly GPUBuffer[]): Promise<ArrayBuffer[]> {
  const usage = MAP_READ | COPY_DST
  const stages = buffers.map(({ size }) => device.createBuffer({ size, usage }))
  try {
    const encoder = device.createCommandEncoder()
    buffers.forEach((buffer, index) => encoder.copyBufferToBuffer(buffer, 0, stages[index]!, 0, buffer.size))
    device.queue.submit([encoder.finish()])
    await Promise.all(stages.map((stage) => stage.mapAsync(READ)))
    return stages.map((stage) => stage.getMappedRange().slice(0))
  } finally {
    destroy(stages)
  }
}
