import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildStandalone } from '../scripts/build-standalone.ts'

/** Most bytes, gzipped, without onnxruntime's own files, of a page that opens a model: core, vit and runtime-web. */
const CEILING = 64 * 1024
/** Largest size of everything that `dinokit` exports for a browser: what a page without a bundler loads. */
const STANDALONE_CEILING = 73 * 1024

type Metafile = Awaited<ReturnType<typeof buildStandalone>>

let folder: string
let metafile: Metafile
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  metafile = await buildStandalone(join(folder, 'standalone'))
})
afterAll(() => rm(folder, { recursive: true }))

const isEngine = (input: string): boolean => input.includes('/onnxruntime-web/')
/** Modules that are loaded only where a file or a model needs them: decoders, readers of .pth and .gguf files, models without a card, of another precision, without a class token or three channels, of another vector than the class token, with rotary positions, files of several, what watches over heads, votes of neighbors, what runs or tries WebGPU or refuses a device or a precision, the kernels of WebAssembly and their threads, and what decodes fast. */
const LATER =
  /@jsquash\/avif\/|\/decoders\/src\/lib\/\w+-wasm\.generated\.ts$|\/(read-pth|read-legacy-pth|read-gguf|unlisted-models|mean-of-patches|channel-reader|cmyk-decoder|select-weights|settle-device|refuse-device|device-runs|prepare-reduced|missing-precision|rotation|embedding-of|attach-head|neighbor-votes|avif-decoder|kernel-session|thread-team)\.ts$/
/** Most bytes, gzipped, of the files that hold the kernels of WebAssembly. */
const KERNELS_CEILING = 40 * 1024
const WORKERS = /\/(session|decode)-worker\.ts$/

interface Sizes {
  /** Bytes, gzipped, that a page and its workers load at once. */
  readonly ours: number
  readonly engines: number
  /** Files that begin to be loaded later. */
  readonly later: number
}

async function sizes({ outputs }: Metafile): Promise<Sizes> {
  const entries = Object.entries(outputs).filter(([, { entryPoint }]) => entryPoint !== undefined)
  const holdsEngine = (path: string): boolean => Object.keys(outputs[path]!.inputs).some(isEngine)
  const begins = (path: string, is: RegExp): boolean => is.test(outputs[path]!.entryPoint ?? '')
  const engines = entries.filter(([path]) => holdsEngine(path))
  const later = entries.filter(([path]) => !holdsEngine(path) && begins(path, LATER))
  // All that is left begins at once: the page, its workers, and what they name in import().
  const waiting = entries.map(([path]) => path).filter((path) => !holdsEngine(path) && !begins(path, LATER))
  const loaded = new Set<string>()
  for (let path; (path = waiting.pop());) {
    if (loaded.has(path)) continue
    loaded.add(path)
    waiting.push(...outputs[path]!.imports.flatMap((of) => (of.kind === 'import-statement' && !of.external ? of.path : [])))
  }
  expect([...loaded].filter((path) => begins(path, WORKERS))).toHaveLength(2)
  const bytes = await Promise.all([...loaded].map(async (path) => gzipSync(await readFile(resolve(path))).length))
  return { ours: bytes.reduce((sum, length) => sum + length), engines: engines.length, later: later.length }
}

test('keeps a page that opens a model small, workers included, without onnxruntime’s own files and what is loaded later', async () => {
  const { ours, engines, later } = await sizes(await buildStandalone(join(folder, 'used'), `export { open } from 'dinokit'`))
  expect({ engines, later }).toEqual({ engines: 2, later: 23 })
  expect(ours).toBeGreaterThan(20_000)
  expect(ours).toBeLessThanOrEqual(CEILING)
})

test('keeps the kernels of WebAssembly small, in files that are loaded later', async () => {
  const { outputs } = metafile
  const holding = Object.keys(outputs).filter((path) =>
    Object.keys(outputs[path]!.inputs).some((input) => input.includes('/runtime-web/src/kernels/')),
  )
  const bytes = await Promise.all(holding.map(async (path) => gzipSync(await readFile(resolve(path))).length))
  expect(Math.max(...bytes)).toBeGreaterThan(5_000)
  expect(bytes.reduce((sum, length) => sum + length)).toBeLessThanOrEqual(KERNELS_CEILING)
})

test('keeps all of it small for pages without a bundler, too', async () => {
  const { ours } = await sizes(metafile)
  expect(ours).toBeLessThanOrEqual(STANDALONE_CEILING)
})

test('holds no Node module, no sharp and no other runtime', () => {
  const inputs = Object.keys(metafile.inputs)
  expect(inputs.filter((input) => /runtime-node|onnxruntime-node|\/sharp\/|@huggingface|^node:|\(disabled\)/.test(input))).toEqual([])
  // onnxruntime asks for Node's modules where it finds itself in Node; nothing else may ask for what is not here.
  const ours = Object.entries(metafile.inputs).filter(([input]) => !isEngine(input))
  expect(ours.flatMap(([, { imports }]) => imports.filter((of) => of.external && of.path !== '<runtime>'))).toEqual([])
  expect(inputs.some(isEngine)).toBe(true)
})
