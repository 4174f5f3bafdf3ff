import { openTensorFile } from '@dinokit/checkpoint'
import { bytesSource, createVision, type ModelCard, type Pixels, type Runtime, type StreamItem, type Vision } from '@dinokit/core'
import type { ImageSource } from '@dinokit/runtime-node'
import { ownGoldens } from '@dinokit/testing'
import { createVitBackbone } from '@dinokit/vit'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

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
export async function streamUntilLost(vision: Vision<ImageSource>): Promise<StreamItem<ImageSource>[]> {
  const items: StreamItem<ImageSource>[] = []
  for await (const item of vision.stream(IMAGES, { batch: 2 })) {
    items.push(item)
    if (items.length === 3) for (const pid of engineProcesses()) process.kill(pid, 'SIGKILL')
  }
  return items
}
