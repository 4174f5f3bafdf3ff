import { IMAGENET_PREPROCESSING, preprocess } from '@dinokit/core'
import { createNodeRuntime } from '@dinokit/runtime-node'
import { open } from 'dinokit'
import { basename } from 'node:path'
import { makeImages } from './lib/images.ts'
import { table } from './lib/table.ts'
import { oneByOne, IMAGES, takeTurns } from './lib/ways.ts'

const ROUNDS = 5

/**
 * A student beside its teacher, the embedded default: images of 224x224 one at a time, taking turns.
 *
 * @param model - the student's checkpoint
 */
export async function studentTable(model: string): Promise<string> {
  const runtime = createNodeRuntime()
  const files = await makeImages(IMAGES)
  const images = await Promise.all(
    files.map(
      async (file) => preprocess(await runtime.decodeImage(file), { preprocessing: IMAGENET_PREPROCESSING, patch: 14, size: 224 }).pixels,
    ),
  )
  await using teacher = await open()
  await using student = await open({ model })
  const medians = await takeTurns(
    [teacher, student].map((vision) => [vision.card.id, oneByOne(images, (image) => vision.embed(image, { size: 'source' }))]),
    ROUNDS,
  )
  const [slow] = [...medians.values()] as [number]
  const rows = [...medians].map(([name, ms]) => [name, ms.toFixed(1), `${(slow / ms).toFixed(2)} x`])
  return `${basename(model)}: ${IMAGES} images of 224x224, one at a time, medians over ${ROUNDS} rounds\n${table([['', 'ms an image', 'faster'], ...rows])}`
}
