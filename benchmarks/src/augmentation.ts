import { stackBytes } from '@dinokit/core'
import { createRandom, dinov2Recipe, multiCrop, streamCrops, type Crop } from '@dinokit/core/augment'
import { createNodeRuntime, decodeImage } from '@dinokit/runtime-node'
import { loadBackbone } from 'dinokit'
import { median } from './lib/median.ts'
import { makeImages } from './lib/images.ts'
import { table } from './lib/table.ts'

/** DINOv2's ten crops of a 640x480 JPEG, beside decoding it: milliseconds of this process's own time, medians. */
export async function augmentationTable(): Promise<string> {
  const files = await makeImages(20, { width: 640, height: 480 })
  const random = createRandom(1)
  const decoding: number[] = []
  const cropping: number[] = []
  for (const file of [...files.slice(0, 5), ...files, ...files]) {
    const started = milliseconds()
    const pixels = await decodeImage(file)
    const decoded = milliseconds()
    multiCrop(pixels, dinov2Recipe(), random)
    decoding.push(decoded - started)
    cropping.push(milliseconds() - decoded)
  }
  const [decode, crops] = [median(decoding.slice(5)), median(cropping.slice(5))]
  return `One 640x480 JPEG, milliseconds of processor time, medians of 40\n${table([
    ['decode', decode.toFixed(1), ''],
    ['two global and eight local crops', crops.toFixed(1), `${(crops / decode).toFixed(1)} x`],
  ])}`
}

/** Images of one step. */
const BATCH = 8

/**
 * Measures how long a session waits for images: crops are made while the embedded model looks at those before. Its forward pass
 * stands in for a training step, which takes about three times as long, so the share of a training run is smaller.
 */
export async function waitingTable(): Promise<string> {
  const runtime = createNodeRuntime()
  const backbone = await loadBackbone(runtime, 'tiny')
  const graph = backbone.graph({})
  await using session = await runtime.createSession(graph.model)
  const files = await makeImages(40, { width: 640, height: 480 })
  const look = (crops: readonly Crop[]): Promise<unknown> => session.run(graph.feeds(stackBytes(crops.map(({ pixels }) => pixels))))
  let [steps, waited, worked] = [0, 0, 0]
  let asked = performance.now()
  for await (const group of streamCrops(runtime, [...files, ...files, ...files], { recipe: dinov2Recipe(), seed: 1, batch: BATCH })) {
    const given = performance.now()
    await look(group.flatMap(({ crops }) => crops!.global))
    await look(group.flatMap(({ crops }) => crops!.local))
    if (steps++ > 1) {
      waited += given - asked
      worked += performance.now() - given
    }
    asked = performance.now()
  }
  await backbone.close()
  const share = (100 * waited) / (waited + worked)
  return `Steps of ${BATCH} images, ten crops each, through the embedded model: ${(worked / (steps - 2)).toFixed(0)} ms a step, ${share.toFixed(1)} % of the time waiting for images`
}

function milliseconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
