// Trains heads of the embedded model on NYUv2: `npx tsx main.ts NAME...`, the names of recipes.ts. Those on tokens are written
// to out/, and to packages/model-tiny/assets with --ship.
import { trainDenseHead, writeHeadModel, type HeadModel } from '@dinokit/train'
import { createRuntime, open } from 'dinokit'
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { evaluateDepth, evaluateSegmentation } from './evaluate.ts'
import { CLASS_NAMES } from './class-names.ts'
import { ENGINE, INPUTS } from './inputs.ts'
import { CLASSES, INPUT, LAYERS, readNyu, type NyuSplit } from './nyu.ts'
import { RECIPES } from './recipes.ts'

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const DATA = pathOf('../../../shared/data')
const OUT = pathOf('out')
const SEED = 0

const names = process.argv.slice(2).filter((name) => !name.startsWith('--'))
const unknown = names.filter((name) => !RECIPES[name])
if (names.length === 0 || unknown.length > 0) {
  console.error(`Expected names of ${Object.keys(RECIPES).join(', ')}.`)
  process.exit(2)
}
await mkdir(OUT, { recursive: true })
await using vision = await open({ size: INPUT, engine: ENGINE })
const runtime = createRuntime({ engine: ENGINE })

for (const name of names) {
  const { task, input, options } = RECIPES[name]!
  const read = (split: string): Promise<NyuSplit> => readNyu(`${DATA}/${split}`, INPUTS[input], `${OUT}/${split}-${input}.f16`)
  const [train, validation] = [await read('nyuv2-train'), await read('nyuv2')]
  const started = performance.now()
  let shown = started
  const { head, losses } = await trainDenseHead(runtime, train[task], task === 'depth' ? 1 : CLASSES, {
    ...options,
    seed: SEED,
    // All of it is in memory already.
    cacheBytes: 0,
    onProgress({ epoch, epochs, loss, secondsLeft }) {
      if (performance.now() - shown < 15_000) return
      shown = performance.now()
      console.log(`${name}: epoch ${epoch} of ${epochs}, loss ${loss.toFixed(3)}, ${secondsLeft.toFixed(0)} s left`)
    },
  })
  console.log(
    `${name}: trained in ${((performance.now() - started) / 1000).toFixed(0)} s, loss ${losses.map((loss) => loss.toFixed(3)).join(', ')}`,
  )
  const metrics = await evaluate(head, task, validation)
  console.log(`${name}: ${JSON.stringify(metrics)}`)
  if (input !== 'tokens') continue
  const splits = { train: train.names.length, validation: validation.names.length }
  const bytes = writeHeadModel(head, describe(name, task, metrics, splits), 'float16')
  await writeFile(`${OUT}/${name}.safetensors`, bytes)
  if (process.argv.includes('--ship')) await writeFile(pathOf(`../../packages/model-tiny/assets/${task}.safetensors`), bytes)
  console.log(`${name}: ${(bytes.byteLength / 1024).toFixed(0)} KiB`)
}

async function evaluate(head: HeadModel, task: 'segmentation' | 'depth', validation: NyuSplit): Promise<Record<string, number>> {
  if (task === 'depth') return { ...(await evaluateDepth(runtime, head, validation)) }
  const { pixelAccuracy, miou } = await evaluateSegmentation(runtime, head, validation)
  return { pixelAccuracy, miou }
}

function describe(
  name: string,
  task: 'segmentation' | 'depth',
  metrics: Record<string, number>,
  splits: Record<string, number>,
): Parameters<typeof writeHeadModel>[1] {
  const rounded = Object.fromEntries(Object.entries(metrics).map(([metric, value]) => [metric, Number(value.toFixed(4))]))
  return {
    task,
    name: `tiny-nyuv2-${name}`,
    backbone: { ...vision.fingerprint(INPUT), dim: vision.card.architecture.dim },
    // Images of other shapes keep theirs: 448x336 is what 4:3 becomes.
    input: { layers: LAYERS, norm: true, tokens: ['patches'], size: { shortest: INPUT.height } },
    ...(task === 'segmentation' && { classes: CLASS_NAMES.map((label) => ({ name: label })) }),
    card: {
      data: 'NYU Depth v2 (indoor scenes, Kinect), official train split, mirrored, annotations averaged to patches',
      splits,
      metrics: rounded,
      measured: 'on the validation split at 640x480; predictions enlarged bilinearly',
      seed: SEED,
      command: `npx tsx examples/train-heads/main.ts ${name}`,
      license: 'Apache-2.0',
      good: 'Rooms seen by a person who stands in them: walls, floor, ceiling, beds, cabinets, sofas.',
      bad: 'Outdoors, faces and close-ups; thin and small things, whose edges are those of 14-pixel patches; scale in rooms seen through another lens.',
    },
  }
}
