import { IMAGENET_PREPROCESSING, prepare, stackPixels, type Pixels, type Size } from '@dinokit/core'
import { createNodeRuntime, writeFileWhole } from '@dinokit/runtime-node'
import { hasShared, sharedPath } from '@dinokit/testing'
import { AutoModel, AutoProcessor, env, RawImage } from '@huggingface/transformers'
import { loadBackbone, open } from 'dinokit'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { median } from './lib/median.ts'
import { makePictures } from './lib/pictures.ts'
import { table } from './lib/table.ts'

/** One way to get from pictures to tokens: milliseconds a picture, a number for each round. */
type Way = readonly [name: string, round: () => Promise<number>]

const PICTURES = 12
const ROUNDS = 5

/**
 * From JPEG files to tokens: a bare run of the graph on prepared input, ours one at a time, ours streamed,
 * transformers.js one at a time and in batches. The ways take turns, so that a machine that slows down slows all of them.
 *
 * @param label - of the table
 * @param model - weights for ours
 * @param rivalFolder - the same network in Hugging Face's layout with onnx/model.onnx, for transformers.js
 * @param size - of the pictures
 */
export async function speedTable(label: string, model: string, rivalFolder: string | undefined, size: Size): Promise<string> {
  const files = await makePictures(PICTURES, size)
  const runtime = createNodeRuntime()
  const backbone = await loadBackbone(runtime, model)
  const graph = backbone.graph({})
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-bench-'))
  await writeFileWhole(join(folder, 'bare.onnx'), [graph.model.graph])
  await writeFileWhole(join(folder, graph.model.weights!.location), graph.model.weights!.chunks())
  const session = await InferenceSession.create(join(folder, 'bare.onnx'), { logSeverityLevel: 3 })
  await rm(folder, { recursive: true })
  const inputs = await Promise.all(
    files.map(async (file) => prepare(await runtime.decodeImage(file), { preprocessing: IMAGENET_PREPROCESSING, patch: 14 }).pixels),
  )
  await using vision = await open({ model })
  const one = (pixels: Pixels): Promise<unknown> =>
    session.run(
      Object.fromEntries(
        Object.entries(graph.feeds(stackPixels([pixels]))).map(([name, { dtype, data, shape }]) => [
          name,
          new OrtTensor(dtype, data as Float32Array, shape),
        ]),
      ),
    )
  const each = <T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<number> =>
    timed(async () => {
      for (const item of items) await work(item)
    }, items.length)
  const ways: Way[] = [
    ['bare session.run', () => each(inputs, one)],
    ['dinokit, one at a time', () => each(files, (file) => vision.embed(file))],
    [
      'dinokit, streamed',
      () =>
        timed(async () => {
          for await (const { error } of vision.stream(files)) if (error) throw error
        }, files.length),
    ],
    [
      'dinokit, streamed, batches of 4',
      () =>
        timed(async () => {
          for await (const { error } of vision.stream(files, { batch: 4 })) if (error) throw error
        }, files.length),
    ],
  ]
  if (rivalFolder) ways.push(...(await transformersWays(rivalFolder, files)))
  for (const [, round] of ways) await round()
  const times = new Map<string, number[]>(ways.map(([name]) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) for (const [name, way] of ways) times.get(name)!.push(await way())
  await session.release()
  await backbone.close()
  const medians = new Map([...times].map(([name, values]) => [name, median(values)]))
  const bare = medians.get('bare session.run')!
  const rival = medians.get('transformers.js, one at a time')
  const rivalStream = medians.get('transformers.js, batches of 4')
  const rows = [...medians].map(([name, ms]) => {
    const against = name.includes('streamed') || name.includes('batches') ? rivalStream : rival
    return [
      name,
      ms.toFixed(1),
      `${(ms / bare).toFixed(2)} x`,
      `+${(ms - bare).toFixed(1)}`,
      against === undefined ? '' : `${(against / ms).toFixed(2)} x`,
    ]
  })
  return `${label}: ${PICTURES} JPEGs of ${size.width}x${size.height}, medians of ${ROUNDS} rounds\n${table([['', 'ms a picture', 'of bare', 'ms over bare', 'faster than transformers.js'], ...rows])}`
}

async function timed(work: () => Promise<void>, pictures: number): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / pictures
}

async function transformersWays(folder: string, files: readonly Buffer[]): Promise<Way[]> {
  env.allowRemoteModels = false
  env.localModelPath = join(folder, '..')
  const name = folder.split('/').at(-1)
  const [processor, model] = await Promise.all([AutoProcessor.from_pretrained(name), AutoModel.from_pretrained(name, { dtype: 'fp32' })])
  const blobs = files.map((file) => new Blob([new Uint8Array(file)]))
  const look = async (batch: readonly Blob[]): Promise<void> => {
    const images = await Promise.all(batch.map((blob) => RawImage.fromBlob(blob)))
    await (model as unknown as (inputs: unknown) => Promise<unknown>)(await processor(images))
  }
  const inBatches = (size: number) => (): Promise<number> =>
    timed(async () => {
      for (let start = 0; start < blobs.length; start += size) await look(blobs.slice(start, start + size))
    }, blobs.length)
  return [
    ['transformers.js, one at a time', inBatches(1)],
    ['transformers.js, batches of 4', inBatches(4)],
  ]
}

/** Where tiny14 lies in Hugging Face's layout; undefined without ../shared. */
export function tinyRival(): string | undefined {
  return hasShared ? sharedPath('models/tiny14-huggingface') : undefined
}
