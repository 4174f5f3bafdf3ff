// `npx pnpm@12 bench`: speed as a table of ratios. `... bench --load small,base,large,giant`: time and memory of loading.
// `... bench --memory 10000`: resident memory over many images. `... bench --store 100000`: a store of so many rows.
// `... bench --heads`: what heads add to the backbone. `... bench --training`: what training heads costs.
// `... bench --student FILE`: a student beside the embedded default. `... bench --web`: speed in Chromium; with `--memory`, memory.
// `... bench --resamplers`: what other resampling changes on photographs.
import { findModelCard, type DeviceName } from '@dinokit/core'
import { createNodeRuntime } from '@dinokit/runtime-node'
import type { VitBackbone } from '@dinokit/vit'
import { Command } from 'commander'
import { loadBackbone } from 'dinokit'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { augmentationTable, waitingTable } from './augmentation.ts'
import { creationTable } from './creation.ts'
import { headsTables } from './heads.ts'
import { loadTable } from './load.ts'
import { memoryTable } from './memory.ts'
import { writeRandomCheckpoint } from './lib/random-checkpoint.ts'
import { writeHuggingfaceFolder } from './lib/write-huggingface-folder.ts'
import { preparationTable } from './preparation.ts'
import { resamplersTable } from './resamplers.ts'
import { speedTable, tinyRival } from './speed.ts'
import { storeTable } from './store.ts'
import { studentTable } from './student.ts'
import { trainingTables } from './training.ts'
import { webTables } from './web.ts'

/** Sizes of the images: a snapshot's, where the model is nearly all the work, and a photograph's. */
const SIZES = [
  { width: 640, height: 480 },
  { width: 1920, height: 1200 },
]

const { device, load, layouts, memory, heads, resamplers, store, student, training, web } = new Command('bench')
  .description('Measures speed, beside a bare session.run and beside transformers.js on the same weights and images.')
  .option('--load <sizes>', 'time and peak memory of loading random checkpoints instead: small,base,large,giant')
  .option('--device <device>', 'device that ours computes on, such as webgpu; the others stay on the processor', 'cpu')
  .option('--layouts <names>', 'for --load: meta,huggingface', 'meta,huggingface')
  .option('--memory <images>', 'resident memory over so many images instead: 10000')
  .option('--store <rows>', 'a store of so many class tokens instead: 100000')
  .option('--heads', 'what heads add to the backbone’s run, instead', false)
  .option('--resamplers', 'what torchvision’s resizing changes on photographs, instead', false)
  .option('--training', 'an epoch of each head beside embedding again, the sweep, memory, instead', false)
  .option('--student <model>', 'a student beside the embedded default, one image at a time, instead')
  .option('--web', 'in Chromium instead of Node; with --memory, its memory', false)
  .parse()
  .opts<{
    device: DeviceName
    load?: string
    layouts: string
    memory?: string
    heads: boolean
    resamplers: boolean
    store?: string
    student?: string
    training: boolean
    web: boolean
  }>()

if (web) {
  for await (const text of webTables(Number(memory ?? 0))) console.log(`${text}\n`)
} else if (load) {
  console.log(await loadTable(load.split(','), layouts.split(',') as ('meta' | 'huggingface')[]))
} else if (heads) {
  for await (const text of headsTables()) console.log(`${text}\n`)
} else if (resamplers) {
  console.log(await resamplersTable())
} else if (training) {
  for await (const text of trainingTables()) console.log(`${text}\n`)
} else if (student) {
  console.log(await studentTable(student))
} else if (memory) {
  console.log(await memoryTable(Number(memory)))
} else if (store) {
  for (const dtype of ['float32', 'float16'] as const) console.log(`${await storeTable(Number(store), dtype)}\n`)
} else {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-bench-'))
  try {
    console.log(await preparationTable())
    console.log(`\n${await augmentationTable()}`)
    console.log(`\n${await waitingTable()}`)
    if (!tinyRival()) console.log('\n../shared is absent: transformers.js has no model to run, and is left out.')
    for (const size of SIZES) console.log(`\n${await speedTable('tiny14', 'tiny', tinyRival(), { size, device })}`)
    const small = join(folder, 'small.safetensors')
    await writeRandomCheckpoint(small, findModelCard('dinov2-small').architecture, 'meta')
    console.log(`\n${await creationTable('random ViT-S', small, join(folder, 'small.onnx'))}`)
    const rival = join(folder, 'small')
    const backbone = (await loadBackbone(createNodeRuntime(), small)) as VitBackbone
    await writeHuggingfaceFolder(rival, backbone)
    await backbone.close()
    for (const size of SIZES) console.log(`\n${await speedTable('random ViT-S', small, rival, { size, device })}`)
  } finally {
    await rm(folder, { recursive: true })
  }
}
