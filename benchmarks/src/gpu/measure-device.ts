// The program of the archive that pack.ts makes, for a machine that has a GPU and no package manager: it measures a device
// beside the processor, and writes what it found as JSON after each step, so that a machine that is taken away leaves the rest.
import { findModelCard, type ModelCard } from '@dinokit/core'
import { engineMemory } from '@dinokit/runtime-node'
import { Command } from 'commander'
import { open } from 'dinokit'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { writeRandomCheckpoint } from '../lib/random-checkpoint.ts'

const { device, models, images, batch, opens, out } = new Command('measure-device')
  .option('--device <device>', 'device that is measured beside the processor', 'webgpu')
  .option('--models <names>', 'cards whose architectures are measured with random weights', 'dinov2-small,dinov2-base,dinov2-giant')
  .option('--images <n>', 'images of a stream', '256')
  .option('--batch <n>', 'images of a run on the device', '8')
  .option('--opens <n>', 'times that a small model is opened and disposed of', '200')
  .option('--out <file>', 'file of the results', 'device.json')
  .parse()
  .opts<{ device: 'webgpu' | 'cuda'; models: string; images: string; batch: string; opens: string; out: string }>()

/** Models above this many weights are not measured on the processor. */
const LARGE = 500e6

const results: Record<string, unknown> = { device, node: process.version, cores: availableParallelism(), processor: cpus()[0]?.model }
const keep = (name: string, value: unknown): Promise<void> => {
  results[name] = value
  console.log(name, JSON.stringify(value))
  return writeFile(out, JSON.stringify(results, undefined, 1))
}

/** Milliseconds an image of a stream of several batches, files to tokens; the first quarter warms up. */
async function streamed(on: 'cpu' | typeof device, model: ModelCard, files: readonly Buffer[]): Promise<Record<string, unknown>> {
  const started = performance.now()
  await using vision = await open({ model, device: on })
  const opened = performance.now() - started
  const together = on === 'cpu' ? 1 : Number(batch)
  // Whole batches: the images of one come at once.
  const warm = Math.ceil(files.length / 4 / together) * together
  let [begun, done] = [0, 0]
  let cls: Float32Array | undefined
  for await (const { index, tokens, error } of vision.stream(files, { batch: together })) {
    if (error) throw error
    if (index === 0) cls = tokens.cls.data
    if (++done === warm) begun = performance.now()
  }
  const memory = engineMemory(on)
  return {
    engine: vision.engine,
    openMs: Math.round(opened),
    imageMs: Number(((performance.now() - begun) / (done - warm)).toFixed(2)),
    ...(memory !== undefined && { megabytes: Math.round(memory / 2 ** 20) }),
    cls: Array.from(cls!),
  }
}

/** Smooth noise as a JPEG: the archive has no photographs. */
function noisyJpeg(): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const
  return sharp({ create: { width: 640, height: 480, channels: 3, background: 'gray', noise } })
    .blur(3)
    .jpeg({ quality: 88 })
    .toBuffer()
}

function largest(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))
}

async function measureModel(name: string, folder: string, files: readonly Buffer[]): Promise<void> {
  const card = findModelCard(name)
  const path = join(folder, `${name}.safetensors`)
  const model: ModelCard = { ...card, weights: { kind: 'file', path } }
  await writeRandomCheckpoint(path, card.architecture, 'huggingface')
  try {
    const there = await streamed(device, model, files)
    const here = card.parameters > LARGE ? undefined : await streamed('cpu', model, files.slice(0, Math.min(files.length, 48)))
    const { cls, ...on } = there
    if (!here) return await keep(name, { on })
    const { cls: expected, ...processor } = here
    const times = (here.imageMs as number) / (there.imageMs as number)
    await keep(name, { on, processor, times: Number(times.toFixed(2)), difference: largest(cls as number[], expected as number[]) })
  } finally {
    await rm(path)
  }
}

/** Memory of the engine's process and of this one after each tenth of so many opens. */
async function measureOpens(folder: string, count: number): Promise<void> {
  const path = join(folder, 'opened.safetensors')
  const model: ModelCard = { ...findModelCard('tiny'), weights: { kind: 'file', path } }
  await writeRandomCheckpoint(path, model.architecture, 'huggingface')
  const memory: { opens: number; engine: number | undefined; own: number }[] = []
  const size = { width: 56, height: 56 }
  const image = { data: new Uint8Array(56 * 56 * 3).fill(99), ...size }
  for (let opened = 1; opened <= count; opened++) {
    await using vision = await open({ model, device, size })
    await vision.embed(image)
    if (opened % Math.max(1, count / 20) === 0) memory.push({ opens: opened, engine: engineMemory(device), own: process.memoryUsage().rss })
  }
  await keep('opens', memory)
}

const folder = await mkdtemp(join(tmpdir(), 'dinokit-device-'))
try {
  const files = await Promise.all(Array.from({ length: Number(images) }, noisyJpeg))
  for (const name of models.split(',').filter(Boolean))
    await measureModel(name, folder, files).catch((error: unknown) => keep(name, { error: String(error) }))
  if (Number(opens) > 0) await measureOpens(folder, Number(opens)).catch((error: unknown) => keep('opens', { error: String(error) }))
} finally {
  await rm(folder, { recursive: true, force: true })
}
