import { createVision, type DeviceName, type Pixels } from '@dinokit/core'
import { createNodeRuntime, engineMemory } from '@dinokit/runtime-node'
import { ownGoldens } from '@dinokit/testing'
import { afterEach, expect, test, vi } from 'vitest'
import { openGoldenBackbone } from './testing/golden-backbone.ts'
import { hasSwiftShader, MANIFEST } from './testing/swiftshader.ts'

/** Times that a model is opened and disposed of, and those after which memory must be flat. */
const TIMES = 200
const SETTLED = 10
const SIDE = 28
const IMAGE: Pixels = { data: new Uint8Array(SIDE * SIDE * 3).fill(99), width: SIDE, height: SIDE }

afterEach(() => void vi.unstubAllEnvs())

/** Opens and disposes of a model so many times; bytes that the engine's process holds at each, once it has settled. */
async function memoryOfOpens(device: DeviceName, processName: string, look: boolean): Promise<number[]> {
  const runtime = createNodeRuntime({ device, engine: { host: 'process' } })
  const memory: number[] = []
  for (let i = 1; i <= TIMES; i++) {
    await using vision = await createVision(runtime, await openGoldenBackbone(ownGoldens), { size: { width: SIDE, height: SIDE } })
    expect(vision.engine.device).toBe(device)
    if (look) await vision.embed(IMAGE)
    if (i >= SETTLED) memory.push(engineMemory(processName)!)
  }
  await runtime.close()
  return memory
}

test('opens and disposes of a model 200 times, and memory stays within 10 % of what it was after the tenth', async () => {
  const memory = await memoryOfOpens('cpu', '', true)
  expect(Math.max(...memory)).toBeLessThanOrEqual(1.1 * memory[0]!)
}, 600_000)

// Without a run: SwiftShader compiles a session's shaders at its first, which takes seconds.
test.runIf(hasSwiftShader)(
  'opens and disposes of a model on WebGPU, by SwiftShader, 200 times, and memory stays within 10 % of what it was after the tenth',
  async () => {
    vi.stubEnv('VK_DRIVER_FILES', MANIFEST)
    const memory = await memoryOfOpens('webgpu', 'webgpu', false)
    expect(Math.max(...memory)).toBeLessThanOrEqual(1.1 * memory[0]!)
  },
  600_000,
)
