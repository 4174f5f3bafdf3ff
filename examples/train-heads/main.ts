// Trains the depth and segmentation heads of the embedded model on NYUv2: `npx tsx main.ts NAME...`, the names of RECIPES. They
// are written to out/, and to packages/model-tiny/assets with --ship. `--model FILE` trains them on another model, in out/ and its name.
//
// To train a head of your own, call trainSegmentation or trainDepth of @dinokit/train/stored, as docs/training.md shows. The
// shipped heads take the steps beneath: they have a range of depths of their own, take images of any shape, and are written in
// 16 bits.
import { trainDenseHead, writeHeadModel, type DenseTrainingOptions } from '@dinokit/train'
import { depthTarget, evaluateDense, roundMetrics, segmentationTarget, storedDenseExamples } from '@dinokit/train/stored'
import { open } from 'dinokit'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CLASS_NAMES } from './class-names.ts'
import { CLASSES, IGNORED, INPUT, LAYERS, openNyu, type NyuSplit } from './nyu.ts'

const DEPTH = { task: 'depth', output: { kind: 'log', min: 0.5, max: 10 } } as const
const SEGMENTATION = { task: 'segmentation', output: { kind: 'classes', ignore: 255 } } as const
const CONVOLUTION = { network: 'convolution', batch: 16, epochs: 24, learningRate: 3e-3 } as const
const LINEAR = { network: 'linear', epochs: 15 } as const

type Recipe = DenseTrainingOptions & { readonly task: 'depth' | 'segmentation' }
const RECIPES: Readonly<Record<string, Recipe>> = {
  'depth-convolution': { ...DEPTH, ...CONVOLUTION },
  'depth-linear': { ...DEPTH, ...LINEAR, learningRate: 5e-3 },
  'segmentation-convolution': { ...SEGMENTATION, ...CONVOLUTION },
  'segmentation-linear': { ...SEGMENTATION, ...LINEAR, learningRate: 2e-3 },
}

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const SEED = 0
const INPUT_OF_HEADS = { layers: LAYERS, tokens: ['patches'] } as const

const { values: options, positionals: names } = parseArgs({
  options: { ship: { type: 'boolean', default: false }, model: { type: 'string', default: 'tiny' } },
  allowPositionals: true,
})
const out = pathOf(options.model === 'tiny' ? 'out' : `out/${basename(options.model, extname(options.model))}`)
if (names.length === 0 || names.some((name) => !RECIPES[name])) {
  console.error(`Expected names of ${Object.keys(RECIPES).join(', ')}.`)
  process.exit(2)
}
await mkdir(out, { recursive: true })
// One thread: the same bits on every machine with the same instructions.
await using vision = await open({ model: options.model, size: INPUT, layers: LAYERS, engine: { threads: 1 } })
const { architecture } = vision.card

for (const name of names) {
  const { task, ...recipe } = RECIPES[name]!
  const read = (split: string): Promise<NyuSplit> =>
    openNyu(vision, pathOf(`../../../shared/data/${split}`), { task, path: `${out}/${split}.store` })
  const [train, validation] = [await read('nyuv2-train'), await read('nyuv2')]
  const labels = { classes: CLASSES, ignore: new Set(IGNORED) }
  const width = task === 'depth' ? 1 : CLASSES
  const examples = storedDenseExamples(train.store, {
    ...{ rows: train.rows, layers: LAYERS, depth: architecture.depth, width },
    target: async (row, grid) => {
      const known = await train.annotation(row)
      return task === 'depth' ? depthTarget(known, row.placement, grid) : segmentationTarget(known, row.placement, grid, labels)
    },
  })
  const { head } = await trainDenseHead(vision.runtime, examples, width, {
    ...recipe,
    seed: SEED,
    onEpoch(epoch, _head, _state, loss) {
      console.log(`${name}: epoch ${epoch}, loss ${loss.toFixed(3)}`)
      return false
    },
  })
  const bytesWith = (metrics: Record<string, number>): Uint8Array =>
    writeHeadModel(head, describe(name, task, metrics, { train: train.rows.length, validation: validation.rows.length }), 'float16')
  const metrics = await evaluateDense(vision, validation.store, {
    ...{ task, input: INPUT_OF_HEADS, classes: CLASSES, ignore: IGNORED, weights: bytesWith({}) },
    ...{ rows: validation.rows, annotation: validation.annotation },
  })
  const bytes = bytesWith(roundMetrics({ ...metrics }))
  await writeFile(`${out}/${name}.safetensors`, bytes)
  if (options.ship) await writeFile(pathOf(`../../packages/model-tiny/assets/${task}.safetensors`), bytes)
  console.log(`${name}: ${(bytes.byteLength / 1024).toFixed(0)} KiB, ${JSON.stringify(roundMetrics({ ...metrics }))}`)
  await Promise.all([train.store.close(), validation.store.close()])
}

function describe(
  name: string,
  task: Recipe['task'],
  metrics: Record<string, number>,
  splits: Record<string, number>,
): Parameters<typeof writeHeadModel>[1] {
  return {
    task,
    name: `${vision.card.id}-nyuv2-${name}`,
    backbone: { ...vision.fingerprint(INPUT), dim: architecture.dim },
    // Images of other shapes keep theirs: 448x336 is what 4:3 becomes.
    input: { ...INPUT_OF_HEADS, norm: true, size: { shortest: INPUT.height } },
    ...(task === 'segmentation' && { classes: CLASS_NAMES.map((label) => ({ name: label })) }),
    card: {
      data: 'NYU Depth v2 (indoor scenes, Kinect), official train split, mirrored, annotations averaged to patches',
      splits,
      metrics,
      measured: 'on the validation split at 640x480; predictions enlarged bilinearly',
      seed: SEED,
      command: `npx tsx examples/train-heads/main.ts ${name}`,
      license: 'Apache-2.0',
      good: 'Rooms seen by a person who stands in them: walls, floor, ceiling, beds, cabinets, sofas.',
      bad: 'Outdoors, faces and close-ups; thin and small things, whose edges are those of 14-pixel patches; scale in rooms seen through another lens.',
    },
  }
}
