import { IMAGENET_PREPROCESSING, preprocess, stackBytes, type DeviceName, type Pixels, type PrecisionName, type Size } from '@dinokit/core'
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

/** Options of {@link speedTable}. */
export interface SpeedOptions {
  /** Size of the images. */
  readonly size: Size
  /** Device that ours computes on. Default `cpu`. */
  readonly device?: DeviceName
  /** Precision that is measured beside float32. */
  readonly precision?: PrecisionName
  /** Images of a round, and rounds. Default 24 and 5. */
  readonly images?: number
  readonly rounds?: number
}

/**
 * From JPEG files to tokens: a bare run of the graph on prepared input, ours one at a time, ours streamed,
 * transformers.js one at a time and in batches. What comes one at a time is compared by the median image, what comes in a
 * row by the median round. The ways take turns, so that a machine that slows down slows all of them.
 *
 * @param label - of the table
 * @param model - weights for ours
 * @param rivalFolder - the same network in Hugging Face's layout with onnx/model.onnx, for transformers.js
 * @param options - size and number of the images, device and precision of ours
 */
export async function speedTable(
  label: string,
  model: string,
  rivalFolder: string | undefined,
  { size, device = 'cpu', precision, images = IMAGES, rounds = ROUNDS }: SpeedOptions,
): Promise<string> {
  const files = await makeImages(images, size)
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
  await using fast = await open({ model, device, decode: 'fast' })
  const one = (pixels: Pixels): Promise<unknown> =>
    session.run(
      Object.fromEntries(
        Object.entries(graph.feeds(stackBytes([pixels]))).map(([name, { dtype, data, shape }]) => [
          name,
          new OrtTensor(dtype, data as Float32Array, shape),
        ]),
      ),
    )
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
    ['dinokit, streamed', streamed(vision, files)],
    ['dinokit, streamed, batches of 4', streamed(vision, files, 4)],
    ['dinokit, streamed, decoded fast', streamed(fast, files)],
  ]
  await using precise = precision && (await open({ model, device, precision }))
  if (precise)
    ways.push(
      [`dinokit in ${precision}, one at a time`, oneByOne(files, (file) => precise.embed(file))],
      [`dinokit in ${precision}, streamed`, streamed(precise, files)],
    )
  if (rivalFolder) {
    env.allowRemoteModels = false
    env.localModelPath = dirname(rivalFolder)
    const blobs = files.map((file) => new Blob([new Uint8Array(file)]))
    ways.push(...(await transformersWays(basename(rivalFolder), 'cpu', blobs)))
  }
  const medians = await takeTurns(ways, rounds)
  await session.release()
  await backbone.close()
  const rows = [...medians].map(([name, ms]) => {
    const alone = name.endsWith('one at a time')
    const bare = medians.get(`bare session.run, ${alone ? 'one at a time' : 'in a row'}`)!
    const against = medians.get(`transformers.js, ${alone ? 'one at a time' : 'batches of 4'}`)
    const own = medians.get(`dinokit, ${alone ? 'one at a time' : 'streamed'}`)!
    return [
      name,
      ms.toFixed(1),
      `${(ms / bare).toFixed(2)} x`,
      `+${(ms - bare).toFixed(1)}`,
      `${(own / ms).toFixed(2)} x`,
      against === undefined ? '' : `${(against / ms).toFixed(2)} x`,
    ]
  })
  return `${label}, ${vision.engine.device}: ${images} JPEGs of ${size.width}x${size.height}, medians over ${rounds} rounds\n${table([['', 'ms an image', 'of bare', 'ms over bare', 'faster than dinokit in float32', 'faster than transformers.js'], ...rows])}`
}

/** Makes a round of a stream, by default in batches that suit the device. */
function streamed(vision: Awaited<ReturnType<typeof open>>, files: readonly Buffer[], batch?: number): () => Promise<number[]> {
  return () =>
    timed(files.length, async () => {
      for await (const { error } of vision.stream(files, batch === undefined ? {} : { batch })) if (error) throw error
    })
}

/** Where a fine-tuned ViT-S lies, whose harm by 8 bits is a trained model's; undefined without ../shared. */
export function trainedSmall(): string | undefined {
  return hasShared ? sharedPath('models/small14-saliency') : undefined
}

/** Where tiny14 lies in Hugging Face's layout; undefined without ../shared. */
export function tinyRival(): string | undefined {
  return hasShared ? sharedPath('models/tiny14-huggingface') : undefined
}
