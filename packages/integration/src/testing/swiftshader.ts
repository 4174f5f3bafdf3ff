import { createVision, type Pixels, type Runtime, type StreamItem, type Vision } from '@dinokit/core'
import { createNodeRuntime, type ImageSource } from '@dinokit/runtime-node'
import { ownGoldens } from '@dinokit/testing'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, vi } from 'vitest'
import { openGoldenBackbone } from './golden-backbone.ts'

/** Manifest of the software driver that Debian's Chromium brings; the Vulkan loader is needed too. */
export const MANIFEST = '/usr/lib/chromium/vk_swiftshader_icd.json'
const LOADER = '/usr/lib/x86_64-linux-gnu/libvulkan.so.1'

/** Whether both are there. */
export const hasSwiftShader = existsSync(MANIFEST) && existsSync(LOADER)

/** Largest absolute difference to the processor's tokens. */
export const LIMIT = 1e-3

const SIZE = { width: 28, height: 28 }

/** Images that differ. */
export const IMAGES: Pixels[] = Array.from({ length: 12 }, (_, number) => ({
  ...SIZE,
  data: Uint8Array.from({ length: 28 * 28 * 3 }, (_, i) => (i * (7 + number)) % 251),
}))

/** Opens a golden backbone on a runtime. */
export async function look(runtime: Runtime<ImageSource>): Promise<Vision<ImageSource>> {
  return createVision(runtime, await openGoldenBackbone(ownGoldens), { size: SIZE, layers: [1], attention: [1] })
}

/** Processes of the engine that are children of this one. */
function engineProcesses(): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const ours = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]!.split(' ')[1] === String(process.pid)
      return ours && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('engine-process') ? [Number(name)] : []
    } catch {
      return []
    }
  })
}

/** Runs images through a stream, and ends the device's process after some of them. */
export async function streamUntilLost(vision: Vision<ImageSource>): Promise<StreamItem<ImageSource>[]> {
  const items: StreamItem<ImageSource>[] = []
  for await (const item of vision.stream(IMAGES, { batch: 2 })) {
    items.push(item)
    if (items.length === 3) for (const pid of engineProcesses()) process.kill(pid, 'SIGKILL')
  }
  return items
}

/** Runtimes of tests that compare a device with the processor. */
export interface ComparedRuntimes {
  readonly processor: Runtime<ImageSource>
  readonly device: Runtime<ImageSource>
  /** Vision on the processor, once the tests run. */
  readonly expected: () => Vision<ImageSource>
}

/** Makes runtimes on the processor and on WebGPU by SwiftShader, for the tests of a block. */
export function compareOnSwiftShader(): ComparedRuntimes {
  const processor = createNodeRuntime({ device: 'cpu', engine: { host: 'thread' } })
  const device = createNodeRuntime({ device: 'webgpu' })
  let expected: Vision<ImageSource>
  beforeAll(async () => {
    vi.stubEnv('VK_DRIVER_FILES', MANIFEST)
    expected = await look(processor)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await expected.dispose()
    await Promise.all([processor.close(), device.close()])
  })
  return { processor, device, expected: () => expected }
}
