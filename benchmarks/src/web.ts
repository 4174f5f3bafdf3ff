import { findModelCard, type PrecisionName } from '@dinokit/core'
import { createNodeRuntime } from '@dinokit/runtime-node'
import { calibrateInt8, writeCalibration, type VitBackbone } from '@dinokit/vit'
import { loadBackbone } from 'dinokit'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import type { PreviewServer } from 'vite'
import { CHROMIUM_ARGS, findChromium } from '../../scripts/find-chromium.ts'
import { makeImages } from './lib/images.ts'
import { pageTime } from './lib/page-time.ts'
import { processMemory } from './processes/process-memory.ts'
import { writeRandomCheckpoint } from './lib/random-checkpoint.ts'
import { servePage } from './lib/serve-page.ts'
import { IMAGES } from './lib/ways.ts'
import { writeHuggingfaceFolder } from './lib/write-huggingface-folder.ts'
import { tinyRival, trainedSmall } from './speed.ts'

/** Longest that one table may take. */
const TIMEOUT_MS = 1_200_000

const ROUNDS = 3
/** Calibration of the ViT-S, where it is in 8 bits: made in Node, as the page would take minutes. */
const CALIBRATION = '/small.int8.safetensors'
const PHOTOS = fileURLToPath(new URL('../../examples/first-look/images', import.meta.url))

/** Options of {@link webTables}. */
export interface WebOptions {
  /** Images to watch the memory over. Default 0: speed is measured. */
  readonly memory?: number
  /** Whether products by weights in few bits are computed instead. Default false. */
  readonly weightBits?: boolean
  /** Rows of a store that is searched instead. Default 0: none is. */
  readonly search?: number
  /** Precision that is measured beside float32. */
  readonly precision?: PrecisionName
  /** Models whose speed is measured, of tiny and small. Default both. */
  readonly models?: readonly string[]
  /** Images of a round; rounds. */
  readonly images?: number
  readonly rounds?: number
  /** Numbers of threads of a run, a table each. Default 2. */
  readonly threads?: readonly number[]
}

/**
 * Opens the benchmark page in Chromium and gives its tables: speed beside transformers.js on the same weights, the time that
 * opening takes; where asked for, memory, or products by weights in few bits, instead.
 *
 * @param options - what is measured
 */
export async function* webTables({
  memory = 0,
  search = 0,
  precision,
  threads = [2],
  models = ['tiny', 'small'],
  images = IMAGES,
  rounds = ROUNDS,
  weightBits = false,
}: WebOptions): AsyncGenerator<string, void, undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-bench-'))
  // A profile on disk: without one, the browser's cache takes nothing as large as weights.
  const profile = await mkdtemp(join(tmpdir(), 'dinokit-bench-profile-'))
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    args: [...CHROMIUM_ARGS, '--enable-blink-features=ForceEagerMeasureMemory'],
  })
  await browser.exposeFunction('memoryNow', () => processMemory(profile))
  await browser.exposeFunction('processorTime', () => pageTime(profile, true))
  const server = await serve(folder)
  const read = async (query: Readonly<Record<string, string>>): Promise<string> => {
    const tab = await browser.newPage()
    await tab.goto(`${server.resolvedUrls!.local[0]!}?${new URLSearchParams(query).toString()}`)
    await tab.waitForSelector('[data-done]', { timeout: TIMEOUT_MS })
    const text = await tab.textContent('pre')
    await tab.close()
    return text ?? ''
  }
  try {
    await writeImages(folder)
    if (weightBits) {
      yield await read({ weightBits: '' })
      return
    }
    if (search > 0) {
      yield await read({ search: String(search) })
      return
    }
    if (memory > 0) {
      const asked = { memory: String(memory), ...(precision && { precision }) }
      const small = await writeSmall(folder, precision)
      for (const { model, label, ...form } of [
        { model: 'tiny', label: 'tiny14 (22 MB of weights in float32)' },
        { ...small, label: `${small.label} (88 MB of weights in float32)` },
      ])
        for (const engine of [{}, { plain: '' }])
          yield await read({ ...engine, ...form, ...asked, model, label: `${label}${precision ? ` in ${precision}` : ''}` })
      return
    }
    const tables = async (query: Readonly<Record<string, string>>): Promise<string> => {
      const texts: string[] = []
      const asked = { images: String(images), rounds: String(rounds), ...(precision && { precision }) }
      for (const count of threads) texts.push(await read({ ...query, ...asked, threads: String(count) }))
      return texts.join('\n\n')
    }
    if (!precision) yield await read({})
    const rival = models.includes('tiny') && tinyRival()
    if (rival) {
      await symlink(rival, join(folder, 'models', 'tiny14'))
      yield await tables({ label: 'tiny14', model: 'tiny', rival: 'tiny14' })
    }
    if (!models.includes('small')) return
    yield await tables({ rival: 'small', ...(await writeSmall(folder, precision)) })
  } finally {
    await browser.close()
    await server.close()
    await Promise.all([folder, profile].map((path) => rm(path, { recursive: true })))
  }
}

/** Serves the page, the files of transformers.js's engine, and models. */
async function serve(folder: string): Promise<PreviewServer> {
  const server = await servePage(fileURLToPath(new URL('web', import.meta.url)), folder)
  const transformers = createRequire(import.meta.url).resolve('@huggingface/transformers')
  await symlink(dirname(createRequire(transformers).resolve('onnxruntime-web')), join(folder, 'ort'))
  await mkdir(join(folder, 'models'))
  return server
}

async function writeImages(folder: string): Promise<void> {
  await mkdir(join(folder, 'images'))
  const files = await makeImages(IMAGES)
  await Promise.all(files.map((file, index) => writeFile(join(folder, 'images', `${index}.jpg`), file)))
}

/** Writes a network of ViT-S's size, a trained one where a precision is measured; tells what the page is asked for it by. */
async function writeSmall(
  folder: string,
  precision: PrecisionName | undefined,
): Promise<{ readonly model: string; readonly label: string; readonly calibration?: string }> {
  const trained = precision && trainedSmall()
  const path = trained ?? join(folder, 'small.safetensors')
  if (trained) await symlink(trained, join(folder, 'small'))
  else await writeRandomCheckpoint(path, findModelCard('dinov2-small').architecture, 'meta')
  await using runtime = createNodeRuntime({ device: 'cpu' })
  const backbone = (await loadBackbone(runtime, path)) as VitBackbone
  await writeHuggingfaceFolder(join(folder, 'models', 'small'), backbone)
  if (precision === 'int8') {
    const { preprocessing, architecture } = backbone.card
    const photos = (await readdir(PHOTOS)).filter((name) => name.endsWith('.jpg'))
    const prepared = await Promise.all(
      photos.map((name) => runtime.preprocessImage!(join(PHOTOS, name), { preprocessing, patch: architecture.patch })),
    )
    const calibration = await calibrateInt8(
      runtime,
      backbone,
      prepared.map(({ pixels }) => pixels),
    )
    await writeFile(join(folder, CALIBRATION), writeCalibration(calibration))
  }
  await backbone.close()
  return {
    ...(trained ? { model: '/small/', label: 'trained ViT-S' } : { model: '/small.safetensors', label: 'random ViT-S' }),
    ...(precision === 'int8' && { calibration: CALIBRATION }),
  }
}
