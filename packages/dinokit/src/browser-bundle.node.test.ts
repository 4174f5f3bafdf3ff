import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildStandalone } from '../scripts/build-standalone.ts'

/** Most bytes that all of dinokit for a browser may have, gzipped, without onnxruntime's own files: the issue's. */
const CEILING = 60_000

let folder: string
let metafile: Awaited<ReturnType<typeof buildStandalone>>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  metafile = await buildStandalone(join(folder, 'standalone'))
})
afterAll(() => rm(folder, { recursive: true }))

const isEngine = (input: string): boolean => input.includes('/onnxruntime-web/')

test('the browser’s bundle, workers included, is small without onnxruntime’s own files', async () => {
  let total = 0
  let engines = 0
  for (const [path, { inputs }] of Object.entries(metafile.outputs)) {
    if (Object.keys(inputs).some(isEngine)) engines++
    else total += gzipSync(await readFile(resolve(path))).length
  }
  expect(engines).toBe(2)
  expect(total).toBeGreaterThan(20_000)
  expect(total).toBeLessThanOrEqual(CEILING)
})

test('no Node module, no sharp and no other runtime is inside', () => {
  const inputs = Object.keys(metafile.inputs)
  expect(inputs.filter((input) => /runtime-node|onnxruntime-node|\/sharp\/|@huggingface|^node:|\(disabled\)/.test(input))).toEqual([])
  // onnxruntime asks for Node's modules where it finds itself in Node; nothing else may ask for what is not here.
  const ours = Object.entries(metafile.inputs).filter(([input]) => !isEngine(input))
  expect(ours.flatMap(([, { imports }]) => imports.filter((of) => of.external && of.path !== '<runtime>'))).toEqual([])
  expect(inputs.some(isEngine)).toBe(true)
})
