import { findModelCard } from '@dinokit/core'
import { open } from 'dinokit'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { makeImages } from '../lib/images.ts'
import { processMemory } from '../processes/process-memory.ts'
import { writeRandomCheckpoint } from '../lib/random-checkpoint.ts'
import { table } from '../lib/table.ts'
import type { Load, LoadJob } from './send-load.ts'

const CONNECTIONS = 64
const IMAGES = 48
/** Images before anything is measured, and seconds of each of the two rounds of the stream. */
const WARM_UP = 24
const STREAM_SECONDS = 15
const LOOK_SECONDS = 5
const LOADER = ['--import', 'tsx']

/**
 * Images per second of `dinokit serve` under the load of 64 connections from another process, beside those of `stream` on the same
 * images before and after it; and the server's memory over time.
 *
 * @param seconds - of the load
 * @param size - `tiny`, or a size of DINOv2, with random weights: `small`, `base`, `large`
 */
export async function serverTable(seconds: number, size: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-bench-'))
  const weights = await mkdtemp(join(tmpdir(), 'dinokit-bench-'))
  const model = size === 'tiny' ? 'tiny' : join(weights, 'model.safetensors')
  if (size !== 'tiny') await writeRandomCheckpoint(model, findModelCard(`dinov2-${size}`).architecture, 'meta')
  const files = await makeImages(IMAGES, { width: 640, height: 480 })
  await Promise.all(files.map((file, index) => writeFile(join(folder, `${index}.jpg`), file)))
  const before = await streamRate(files, model)
  const server = startServer(model)
  try {
    const url = `${await server.origin}/embed`
    await sendLoad({ url, folder, connections: CONNECTIONS, seconds: STREAM_SECONDS })
    const memory: number[] = []
    const looking = setInterval(() => void processMemory(server.process.pid!).then((bytes) => memory.push(bytes)), LOOK_SECONDS * 1000)
    const load = await sendLoad({ url, folder, connections: CONNECTIONS, seconds })
    clearInterval(looking)
    const after = await streamRate(files, model)
    return report({ size, load, memory, streams: [before, after] })
  } finally {
    server.process.kill('SIGTERM')
    await once(server.process, 'exit')
    await rm(folder, { recursive: true })
    await rm(weights, { recursive: true })
  }
}

interface Measured {
  readonly size: string
  readonly load: Load
  readonly memory: readonly number[]
  readonly streams: readonly number[]
}

function report({ size, load, memory, streams }: Measured): string {
  const good = load.answers[200] ?? 0
  const rate = good / load.seconds
  const stream = streams.reduce((sum, each) => sum + each, 0) / streams.length
  const megabytes = memory.map((bytes) => bytes / 1e6)
  const part = Math.max(1, Math.floor(megabytes.length / 4))
  const mean = (values: readonly number[]): string => (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(0)
  const rows = [
    ['', 'images/s', 'of stream'],
    ['stream, before and after', streams.map((each) => each.toFixed(1)).join(', '), ''],
    [`${CONNECTIONS} connections`, rate.toFixed(1), `${(rate / stream).toFixed(2)} x`],
  ]
  return [
    `dinokit serve, ${size}, cpu: JPEGs of 640x480 for ${load.seconds.toFixed(0)} s; load of the machine ${loadavg()[0]!.toFixed(1)}`,
    table(rows),
    `answers: ${JSON.stringify(load.answers)}; median ${load.median.toFixed(0)} ms, 99 % within ${load.slow.toFixed(0)} ms`,
    `the generator took ${((100 * load.processor) / load.seconds).toFixed(0)} % of one core`,
    `memory with the engine’s process, MB: first quarter ${mean(megabytes.slice(0, part))}, last ${mean(megabytes.slice(-part))}, most ${Math.max(...megabytes).toFixed(0)}`,
  ].join('\n')
}

async function streamRate(files: readonly Buffer[], model: string): Promise<number> {
  await using vision = await open({ model })
  const until = (end: () => boolean): (() => Generator<Buffer>) =>
    function* () {
      for (let index = 0; !end(); index += 1) yield files[index % files.length]!
    }
  let warm = 0
  for await (const { error } of vision.stream(until(() => warm++ >= WARM_UP)())) if (error) throw error
  const started = performance.now()
  let images = 0
  for await (const { error } of vision.stream(until(() => performance.now() - started > STREAM_SECONDS * 1000)())) {
    if (error) throw error
    images += 1
  }
  return (1000 * images) / (performance.now() - started)
}

function startServer(model: string): { readonly process: ChildProcess; readonly origin: Promise<string> } {
  const bin = fileURLToPath(new URL('../../../packages/cli/src/bin.ts', import.meta.url))
  const child = spawn(process.execPath, [...LOADER, bin, 'serve', '--port', '0', '--model', model], { stdio: ['ignore', 'ignore', 'pipe'] })
  const origin = new Promise<string>((resolve, reject) => {
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const found = /Listening at (\S+)/.exec(said)
      if (found) resolve(found[1]!)
    })
    child.on('exit', () => reject(new Error(said)))
  })
  return { process: child, origin }
}

async function sendLoad(job: LoadJob): Promise<Load> {
  const file = fileURLToPath(new URL('send-load.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [...LOADER, file, JSON.stringify(job)])
  return JSON.parse(stdout) as Load
}
