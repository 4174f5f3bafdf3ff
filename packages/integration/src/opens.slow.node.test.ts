import { openTensorFile } from '@dinokit/checkpoint'
import { bytesSource, createVision, type ModelCard, type Pixels } from '@dinokit/core'
import { createNodeRuntime, engineMemory } from '@dinokit/runtime-node'
import { ownGoldens } from '@dinokit/testing'
import { createVitBackbone } from '@dinokit/vit'
import { expect, test } from 'vitest'

/** Times that a model is opened and disposed of, and those after which memory must be flat. */
const TIMES = 200
const SETTLED = 10
const SIDE = 28
const IMAGE: Pixels = { data: new Uint8Array(SIDE * SIDE * 3).fill(99), width: SIDE, height: SIDE }

test('opens and disposes of a model 200 times, and memory stays within 10 % of what it was after the tenth', async () => {
  const read = (file: string): Promise<Uint8Array> => ownGoldens.read(`backbone/mlp/${file}`)
  const config = JSON.parse(new TextDecoder().decode(await read('config.json'))) as ModelCard['architecture']
  const card: ModelCard = {
    id: 'mlp',
    description: 'a golden backbone',
    architecture: config,
    interpolation: 'offset',
    preprocessing: { shortest: 256, crop: 224, filter: 'bicubic', mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] },
    parameters: 0,
    license: 'Apache-2.0',
    origin: ownGoldens.name,
  }
  const runtime = createNodeRuntime({ device: 'cpu', engine: { host: 'process' } })
  const weights = await read('meta.pth')
  const memory: number[] = []
  for (let i = 1; i <= TIMES; i++) {
    const backbone = await createVitBackbone(await openTensorFile(bytesSource('meta.pth', weights)), card)
    await using vision = await createVision(runtime, backbone, { size: { width: SIDE, height: SIDE } })
    await vision.embed(IMAGE)
    if (i >= SETTLED) memory.push(engineMemory('')!)
  }
  await runtime.close()
  expect(Math.max(...memory)).toBeLessThanOrEqual(1.1 * memory[0]!)
})
