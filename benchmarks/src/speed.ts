import { IMAGENET_PREPROCESSING, preprocess, stackPixels, type DeviceName, type Pixels, type Size } from '@dinokit/core'
import { createNodeRuntime, writeFileAtomic } from '@dinokit/runtime-node'
import { hasShared, sharedPath } from '@dinokit/testing'
import { env } from '@huggingface/transformers'
import { loadBackbone, open } from 'dinokit'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { makeImages } from './lib/images.ts'
import { table } from './lib/table.ts'
import { transformersWays } from './lib/transformers-ways.ts'
import { oneByOne, IMAGES, takeTurns, timed, type Way } from './lib/ways.ts'

const ROUNDS = 5

/**
 * From JPEG files to tokens: a bare run of the graph on prepared input, ours one at a time, ours streamed,
 * transformers.js one at a time and in batches. What comes one at a time is compared by the median image, what comes in a
 * row by the median round. The ways take turns, so that a machine that slows down slows all of them.
 *
 * @param label - of the table
 * @param model - weights for ours
 * @param rivalFolder - the same network in Hugging Face's layout with onnx/model.onnx, for transformers.js
 * @param options - size of the images, device that ours computes on
 */
export async function speedTable(
  label: string,
  model: string,
  rivalFolder: string | undefined,
  { size, device = 'cpu' }: { readonly size: Size; readonly device?: DeviceName },
): Promise<string> {
  const files = await makeImages(IMAGES, size)
  const runtime = createNodeRuntime()
  const backbone = await loadBackbone(runtime, model)
  const graph = backbone.graph({})
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-bench-'))
  await writeFileAtomic(join(folder, 'bare.onnx'), [graph.model.graph])
  await writeFileAtomic(join(folder, graph.model.weights!.location), graph.model.weights!.chunks())
  const session = await InferenceSession.create(join(folder, 'bare.onnx'), { logSeverityLevel: 3 })
  await rm(folder, { recursive: true })
  const inputs = await Promise.all(
    files.map(async (file) => preprocess(await runtime.decodeImage(file), { preprocessing: IMAGENET_PREPROCESSING, patch: 14 }).pixels),
  )
  await using vision = await open({ model, device })
  const one = (pixels: Pixels): Promise<unknown> =>
    session.run(
      Object.fromEntries(
        Object.entries(graph.feeds(stackPixels([pixels]))).map(([name, { dtype, data, shape }]) => [
          name,
          new OrtTensor(dtype, data as Float32Array, shape),
        ]),
      ),
    )
  const streamed = (batch: number) => (): Promise<number[]> =>
    timed(files.length, async () => {
      for await (const { error } of vision.stream(files, { batch })) if (error) throw error
    })
  const ways: Way[] = [
    ['bare session.run, one at a time', oneByOne(inputs, one)],
    [
      'bare session.run, in a row',
      () =>
        timed(inputs.length, async () => {
          for (const input of inputs) await one(input)
        }),
    ],
    ['dinokit, one at a time', oneByOne(files, (file) => vision.embed(file))],
    ['dinokit, streamed', streamed(1)],
    ['dinokit, streamed, batches of 4', streamed(4)],
  ]
  if (rivalFolder) {
    env.allowRemoteModels = false
    env.localModelPath = dirname(rivalFolder)
    const blobs = files.map((file) => new Blob([new Uint8Array(file)]))
    ways.push(...(await transformersWays(basename(rivalFolder), 'cpu', blobs)))
  }
  const medians = await takeTurns(ways, ROUNDS)
  await session.release()
  await backbone.close()
  const rows = [...medians].map(([name, ms]) => {
    const alone = name.endsWith('one at a time')
    const bare = medians.get(`bare session.run, ${alone ? 'one at a time' : 'in a row'}`)!
    const against = medians.get(`transformers.js, ${alone ? 'one at a time' : 'batches of 4'}`)
    return [
      name,
      ms.toFixed(1),
      `${(ms / bare).toFixed(2)} x`,
      `+${(ms - bare).toFixed(1)}`,
      against === undefined ? '' : `${(against / ms).toFixed(2)} x`,
    ]
  })
  return `${label}: ${IMAGES} JPEGs of ${size.width}x${size.height}, medians over ${ROUNDS} rounds\n${table([['', 'ms an image', 'of bare', 'ms over bare', 'faster than transformers.js'], ...rows])}`
}

/** Where tiny14 lies in Hugging Face's layout; undefined without ../shared. */
export function tinyRival(): string | undefined {
  return hasShared ? sharedPath('models/tiny14-huggingface') : undefined
}
