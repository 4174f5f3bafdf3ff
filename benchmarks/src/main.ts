// `npx pnpm@12 bench`: speed as a table of ratios. `... bench --load small,base,large,giant`: time and memory of loading.
// With `--precision int8-weights`, in that precision. `... bench --memory 10000`: resident memory over many images.
// `... bench --store 100000`: a store of so many rows. `... bench --search 100000`: approximate search of so many, by each kind of index. `... bench --weight-bits`: products by weights in 4 and 8 bits.
// `... bench --analysis`: each method's own time beside the backbone's. `... bench --heads`: what heads add to the backbone. `... bench --training`: what training heads costs.
// `... bench --backbones`: a run of networks of every family, beside the embedded model's.
// `... bench --models small --precision int8`: speed of these models alone, in another precision too.
// `... bench --distillation python3`: a step of a distillation beside PyTorch's, where that Python has it.
// `... bench --student FILE`: a student beside the embedded default. `... bench --web`: speed in Chromium; with `--memory`, memory,
// with `--threads 2,8` on so many threads.
// `... bench --server 120`: a server under the load of 64 connections for so many seconds, beside `stream` on the same images.
// `... bench --curate 100000`: curation of so many rows.
// `... bench --queue 20000`: many workers that are killed; `--overhead 1000`, `--plan 1000000`; each with `--engine postgres` too.
// `... bench --resamplers`: what other resampling changes on photographs.
import { findModelCard, PRECISION_NAMES, type DeviceName, type PrecisionName } from '@dinokit/core'
import { createNodeRuntime } from '@dinokit/runtime-node'
import type { SearchIndexKind } from '@dinokit/store'
import type { VitBackbone } from '@dinokit/vit'
import { Command, Option } from 'commander'
import { loadBackbone } from 'dinokit'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { analysisTable } from './analysis/analysis.ts'
import { augmentationTable, waitingTable } from './augmentation.ts'
import { backbonesTable } from './models/backbones.ts'
import { creationTable } from './models/creation.ts'
import { distillationTable } from './distillation/distillation.ts'
import { headsTables } from './heads.ts'
import { loadTable } from './models/load.ts'
import { memoryTable } from './memory.ts'
import { writeRandomCheckpoint } from './lib/random-checkpoint.ts'
import { writeHuggingfaceFolder } from './lib/write-huggingface-folder.ts'
import { preparationTable } from './preparation.ts'
import { ENGINES, killedTable, overheadTable, planningTable, type Engine } from './queue/queue.ts'
import { resamplersTable } from './resamplers.ts'
import { serverTable } from './server/server.ts'
import { speedTable, tinyRival, trainedSmall, type SpeedOptions } from './speed.ts'
import { storeTable } from './store.ts'
import { curateTable } from './stores/curate.ts'
import { searchTables } from './stores/search.ts'
import { studentTable } from './student.ts'
import { trainingTables } from './training.ts'
import { webTables } from './web.ts'
import { weightBitsTable } from './precision/weight-bits.ts'

/** Sizes of the images: a snapshot's, where the model is nearly all the work, and a photograph's. */
const SIZES = [
  { width: 640, height: 480 },
  { width: 1920, height: 1200 },
]

const {
  analysis,
  backbones,
  curate,
  device,
  distillation,
  images,
  load,
  layouts,
  memory,
  heads,
  models,
  precision,
  engine,
  overhead,
  plan,
  queue,
  resamplers,
  rounds,
  real,
  search,
  indexes,
  s3,
  server,
  store,
  student,
  threads,
  training,
  web,
  weightBits,
} = new Command('bench')
  .description('Measures speed, beside a bare session.run and beside transformers.js on the same weights and images.')
  .option('--load <sizes>', 'time and peak memory of loading random checkpoints instead: small,base,large,giant')
  .option('--device <device>', 'device that ours computes on, such as webgpu; the others stay on the processor', 'cpu')
  .addOption(
    new Option('--precision <format>', 'number format that is measured beside float32, or that --load opens').choices(PRECISION_NAMES),
  )
  .option('--models <names>', 'speed of these models alone: tiny,small; with --server, base and large too')
  .option('--images <n>', 'images of a round: fewer for a slow device')
  .option('--rounds <n>', 'rounds that medians are of')
  .option('--layouts <names>', 'for --load: meta,huggingface', 'meta,huggingface')
  .option('--memory <images>', 'resident memory over so many images instead: 10000')
  .option('--store <rows>', 'a store of so many class tokens instead: 100000')
  .option('--analysis', 'time of each method of analysis beside the backbone’s run, instead', false)
  .option('--backbones', 'one run of networks of every family beside the embedded model’s, instead', false)
  .option('--curate <rows>', 'curation of so many rows instead: 100000')
  .option('--distillation <python>', 'a step of a distillation beside PyTorch’s, where this Python has it, instead: python3')
  .option('--heads', 'what heads add to the backbone’s run, instead', false)
  .option('--resamplers', 'what torchvision’s resizing changes on photographs, instead', false)
  .option('--training', 'an epoch of each head beside embedding again, the sweep, memory, instead', false)
  .option('--server <seconds>', 'a server under the load of 64 connections, instead: 120')
  .option('--search <rows>', 'approximate search of so many made rows by each kind of index, instead: 100000')
  .option('--indexes <kinds>', 'with --search: kinds of indexes, such as ivf-flat,ivf-rq')
  .option(
    '--real <store>',
    'with --search or --curate: a store of real class tokens that rows are made from (default: images are embedded)',
  )
  .option('--queue <images>', 'a store filled by 8 workers that are killed, instead: 20000')
  .option('--overhead <images>', 'two workers beside one process, instead: 1000')
  .option('--plan <keys>', 'planning of so many images, instead: 1000000')
  .option('--s3 [moto_server]', 'with --queue, images and store in a bucket of moto’s server (pip install "moto[server]")')
  .addOption(new Option('--engine <engine>', 'server of the queue').choices(ENGINES).default('redis'))
  .option('--student <model>', 'a student beside the embedded default, one image at a time, instead')
  .option('--threads <counts>', 'with --web or --distillation: threads of a run, a table each, such as 2,8', '2')
  .option(
    '--weight-bits',
    'products by weights in 4 and 8 bits, instead: on the processor, on WebGPU where there is one, and in Chromium',
    false,
  )
  .option('--web', 'in Chromium instead of Node; with --memory, its memory; with --search, a store that is searched', false)
  .parse()
  .opts<{
    analysis: boolean
    backbones: boolean
    curate?: string
    device: DeviceName
    distillation?: string
    precision?: PrecisionName
    models?: string
    images?: string
    rounds?: string
    load?: string
    layouts: string
    memory?: string
    heads: boolean
    resamplers: boolean
    search?: string
    indexes?: string
    real?: string
    engine: Engine
    overhead?: string
    plan?: string
    queue?: string
    s3?: string | true
    server?: string
    store?: string
    student?: string
    threads: string
    training: boolean
    web: boolean
    weightBits: boolean
  }>()

if (weightBits) {
  for (const device of ['cpu', 'webgpu'] as const)
    console.log(`${await weightBitsTable(`${device} in Node`, createNodeRuntime({ device }))}\n`)
  for await (const text of webTables({ weightBits: true })) console.log(`${text}\n`)
} else if (web) {
  for await (const text of webTables({
    memory: Number(memory ?? 0),
    search: Number(search ?? 0),
    ...(precision && { precision }),
    ...(images && { images: Number(images) }),
    ...(rounds && { rounds: Number(rounds) }),
    ...(models && { models: models.split(',') }),
    threads: threads.split(',').map(Number),
  }))
    console.log(`${text}\n`)
} else if (load) {
  console.log(await loadTable(load.split(','), layouts.split(',') as ('meta' | 'huggingface')[], precision ?? 'float32'))
} else if (analysis) {
  console.log(await analysisTable())
} else if (backbones) {
  console.log(await backbonesTable())
} else if (curate) {
  console.log(await curateTable(Number(curate), real))
} else if (heads) {
  for await (const text of headsTables()) console.log(`${text}\n`)
} else if (resamplers) {
  console.log(await resamplersTable())
} else if (training) {
  for await (const text of trainingTables()) console.log(`${text}\n`)
} else if (distillation) {
  const [batch, turns] = [Number(images ?? 32), Number(rounds ?? 7)]
  for (const count of threads.split(',').map(Number))
    console.log(`${await distillationTable({ batch, threads: count, rounds: turns, python: distillation })}\n`)
} else if (server) {
  for (const size of (models ?? 'tiny').split(',')) console.log(`${await serverTable(Number(server), size)}\n`)
} else if (search) {
  const kinds = indexes?.split(',') as SearchIndexKind[] | undefined
  for await (const text of searchTables({ rows: Number(search), ...(real && { real }), ...(kinds && { indexes: kinds }) }))
    console.log(`${text}\n`)
} else if (queue) {
  console.log(await killedTable(engine, Number(queue), s3 === true ? 'moto_server' : s3))
} else if (overhead) {
  console.log(await overheadTable(engine, Number(overhead)))
} else if (plan) {
  console.log(await planningTable(engine, Number(plan)))
} else if (student) {
  console.log(await studentTable(student))
} else if (memory) {
  console.log(await memoryTable(Number(memory)))
} else if (store) {
  for (const dtype of ['float32', 'float16'] as const) console.log(`${await storeTable(Number(store), dtype)}\n`)
} else {
  const options = {
    device,
    ...(precision && { precision }),
    ...(images !== undefined && { images: Number(images) }),
    ...(rounds !== undefined && { rounds: Number(rounds) }),
  }
  if (!models) {
    console.log(await preparationTable())
    console.log(`\n${await augmentationTable()}`)
    console.log(`\n${await waitingTable()}`)
  }
  if (!tinyRival()) console.log('\n../shared is absent: transformers.js has no tiny model to run, and is left out.')
  const named = (models ?? 'tiny,small').split(',')
  if (named.includes('tiny'))
    for (const size of SIZES) console.log(`\n${await speedTable('tiny14', 'tiny', tinyRival(), { ...options, size })}`)
  if (named.includes('small')) await measureSmall(options)
}

/** Measures a ViT-S: with random weights, or, as its layers' harm counts in another precision, trained ones. */
async function measureSmall(options: Omit<SpeedOptions, 'size'>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-bench-'))
  try {
    const trained = options.precision && trainedSmall()
    const [label, small] = trained ? ['trained ViT-S', trained] : ['random ViT-S', join(folder, 'small.safetensors')]
    if (!trained) await writeRandomCheckpoint(small, findModelCard('dinov2-small').architecture, 'meta')
    if (!options.precision) console.log(`\n${await creationTable(label, small, join(folder, 'small.onnx'))}`)
    const rival = join(folder, 'small')
    const backbone = (await loadBackbone(createNodeRuntime(), small)) as VitBackbone
    await writeHuggingfaceFolder(rival, backbone)
    await backbone.close()
    for (const size of SIZES) console.log(`\n${await speedTable(label, small, rival, { ...options, size })}`)
  } finally {
    await rm(folder, { recursive: true })
  }
}
