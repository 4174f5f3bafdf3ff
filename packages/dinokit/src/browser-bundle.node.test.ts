import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildStandalone } from '../scripts/build-standalone.ts'

/** Most bytes, gzipped, without onnxruntime's own files, of a page that opens a model: core, vit and runtime-web; the issue's. */
const CEILING = 60_000
/** Of everything that `dinokit` exports for a browser: what a page without a bundler loads. */
const STANDALONE_CEILING = 70_000

type Metafile = Awaited<ReturnType<typeof buildStandalone>>

let folder: string
let metafile: Metafile
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  metafile = await buildStandalone(join(folder, 'standalone'))
})
afterAll(() => rm(folder, { recursive: true }))

const isEngine = (input: string): boolean => input.includes('/onnxruntime-web/')
const isDecoder = (input: string): boolean => /@jsquash\/avif\/|\/decoders\/src\/lib\/\w+-wasm\.generated\.ts$/.test(input)

interface Sizes {
  readonly ours: number
  readonly engines: number
  /** Files of decoders that are loaded when a file needs them. */
  readonly decoders: number
}

async function sizes({ outputs }: Metafile): Promise<Sizes> {
  let [ours, engines, decoders] = [0, 0, 0]
  const atOnce = new Set(
    Object.values(outputs).flatMap(({ imports }) => imports.flatMap(({ kind, path }) => (kind === 'dynamic-import' ? [] : path))),
  )
  for (const [path, { inputs, entryPoint }] of Object.entries(outputs)) {
    if (Object.keys(inputs).some(isEngine)) engines++
    // A decoder that shared a file with anything else, or were imported at once, would count.
    else if (entryPoint !== undefined && isDecoder(entryPoint) && !atOnce.has(path)) decoders++
    else ours += gzipSync(await readFile(resolve(path))).length
  }
  return { ours, engines, decoders }
}

test('a page that opens a model, workers included, is small without onnxruntime’s own files and decoders that are loaded later', async () => {
  const { ours, engines, decoders } = await sizes(await buildStandalone(join(folder, 'used'), `export { open } from 'dinokit'`))
  expect({ engines, decoders }).toEqual({ engines: 2, decoders: 3 })
  expect(ours).toBeGreaterThan(20_000)
  expect(ours).toBeLessThanOrEqual(CEILING)
})

test('so is all of it, for pages without a bundler', async () => {
  const { ours } = await sizes(metafile)
  expect(ours).toBeLessThanOrEqual(STANDALONE_CEILING)
})

test('no Node module, no sharp and no other runtime is inside', () => {
  const inputs = Object.keys(metafile.inputs)
  expect(inputs.filter((input) => /runtime-node|onnxruntime-node|\/sharp\/|@huggingface|^node:|\(disabled\)/.test(input))).toEqual([])
  // onnxruntime asks for Node's modules where it finds itself in Node; nothing else may ask for what is not here.
  const ours = Object.entries(metafile.inputs).filter(([input]) => !isEngine(input))
  expect(ours.flatMap(([, { imports }]) => imports.filter((of) => of.external && of.path !== '<runtime>'))).toEqual([])
  expect(inputs.some(isEngine)).toBe(true)
})
