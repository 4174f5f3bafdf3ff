import { openTensorFile } from '@dinokit/checkpoint'
import { bytesSource, createVision, type ModelCard, type Pixels, type Runtime, type StreamItem, type Vision } from '@dinokit/core'
import { wrapEngineSession, withNextDevice, type EngineSession } from '@dinokit/runtime-kit'
import { createNodeRuntime, type ImageSource } from '@dinokit/runtime-node'
import { largestDifference, ownGoldens } from '@dinokit/testing'
import { createVitBackbone } from '@dinokit/vit'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

/** Manifest of the software driver that Debian's Chromium brings; the Vulkan loader is needed too. */
const MANIFEST = '/usr/lib/chromium/vk_swiftshader_icd.json'
const LOADER = '/usr/lib/x86_64-linux-gnu/libvulkan.so.1'

/** Largest absolute difference to the processor's tokens. */
const LIMIT = 1e-3
const SIZE = { width: 28, height: 28 }
const IMAGES: Pixels[] = Array.from({ length: 12 }, (_, number) => ({
  ...SIZE,
  data: Uint8Array.from({ length: 28 * 28 * 3 }, (_, i) => (i * (7 + number)) % 251),
}))

async function look(runtime: Runtime<ImageSource>): Promise<Vision<ImageSource>> {
  const read = (file: string): Promise<Uint8Array> => ownGoldens.read(`backbone/mlp/${file}`)
  const config = JSON.parse(new TextDecoder().decode(await read('config.json'))) as ModelCard['architecture'] & {
    readonly pixelMean: ModelCard['preprocessing']['mean']
    readonly pixelStd: ModelCard['preprocessing']['std']
  }
  const backbone = await createVitBackbone(await openTensorFile(bytesSource('meta.pth', await read('meta.pth'))), {
    id: 'mlp',
    description: 'a golden backbone',
    architecture: config,
    interpolation: 'offset',
    preprocessing: { shortest: 256, crop: 224, filter: 'bicubic', mean: config.pixelMean, std: config.pixelStd },
    parameters: 0,
    license: 'Apache-2.0',
    origin: ownGoldens.name,
  })
  return createVision(runtime, backbone, { size: SIZE, layers: [1], attention: [1] })
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
async function streamUntilLost(vision: Vision<ImageSource>): Promise<StreamItem<ImageSource>[]> {
  const items: StreamItem<ImageSource>[] = []
  for await (const item of vision.stream(IMAGES, { batch: 2 })) {
    items.push(item)
    if (items.length === 3) for (const pid of engineProcesses()) process.kill(pid, 'SIGKILL')
  }
  return items
}

describe.runIf(existsSync(MANIFEST) && existsSync(LOADER))('WebGPU in Node, by SwiftShader', () => {
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
  const tokensOf = async (index: number): Promise<Float32Array> => (await expected.embed(IMAGES[index]!)).patches.data

  test('gives the processor’s tokens, layers and attention, names the adapter, and tells every image of a lost device as failed; of two visions that share it one outlives the other', async () => {
    await using vision = await look(device)
    const other = await look(device)
    expect(vision.engine).toMatchObject({ device: 'webgpu', adapter: 'SwiftShader', precision: 'float32' })
    const [a, b, c] = await Promise.all([vision.embed(IMAGES[0]!), other.embed(IMAGES[1]!), vision.embed(IMAGES[2]!)])
    await other.dispose()
    const d = await vision.embed(IMAGES[3]!)
    for (const [index, tokens] of [
      [0, a],
      [1, b],
      [2, c],
      [3, d],
    ] as const) {
      const wanted = await expected.embed(IMAGES[index]!)
      expect(largestDifference(tokens.patches.data, wanted.patches.data)).toBeLessThanOrEqual(LIMIT)
      expect(largestDifference(tokens.layers[1]!.cls.data, wanted.layers[1]!.cls.data)).toBeLessThanOrEqual(LIMIT)
      expect(largestDifference(tokens.attention[1]!.data, wanted.attention[1]!.data)).toBeLessThanOrEqual(LIMIT)
    }

    const items = await streamUntilLost(vision)
    expect(items.map(({ index }) => index)).toEqual(IMAGES.map((_, index) => index))
    const failed = items.filter(({ error }) => error)
    expect(failed.length).toBeGreaterThan(0)
    expect(failed.map(({ error }) => error!.code)).toEqual(failed.map(() => 'device-lost'))
    await expect(vision.embed(IMAGES[0]!)).rejects.toMatchObject({ code: 'device-lost' })
  })

  test('runs the images under way on the processor where that may take over: none is lost, none comes twice', async () => {
    const bare = async (runtime: Runtime, model: Parameters<Runtime['createSession']>[0]): Promise<EngineSession> => {
      const session = await runtime.createSession(model)
      const { engine, inputs, outputs } = session
      return { engine, inputs, outputs, run: (feeds) => session.run(feeds), release: () => session.dispose() }
    }
    await using vision = await look({
      ...device,
      createSession: async (model) => wrapEngineSession(withNextDevice(await bare(device, model), () => bare(processor, model))),
    })
    expect(vision.engine.device).toBe('webgpu')
    const items = await streamUntilLost(vision)
    expect(vision.engine.device).toBe('cpu')
    expect(items.map(({ index }) => index)).toEqual(IMAGES.map((_, index) => index))
    for (const { index, tokens, error } of items) {
      expect(error).toBeUndefined()
      expect(largestDifference(tokens!.patches.data, await tokensOf(index))).toBeLessThanOrEqual(LIMIT)
    }
  })
})
