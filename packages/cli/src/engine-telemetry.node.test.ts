// With an empty home folder, and nothing in the environment that quiets the engine by itself (as CI does), nothing is written
// below it. What is tested is the guard: without it, onnxruntime on Linux and macOS leaves files there at its first session.
import { TINY_ASSETS } from '@dinokit/model-tiny'
import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { build } from 'esbuild'
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BIN } from './testing/run-dinokit.ts'

const CAT = fileURLToPath(new URL('../../../examples/first-look/images/chelsea.jpg', import.meta.url))
const RUNTIME = dirname(fileURLToPath(import.meta.resolve('@dinokit/runtime-node')))
const TINY = JSON.stringify(fileURLToPath(TINY_ASSETS.weights))
/** Writes a program: one image through a session. */
const embed = (dinokit: string): string => `
  const { open } = await import(${dinokit})
  const vision = await open({ model: ${TINY}, card: { heads: 3, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } })
  const { cls } = await vision.embed(${JSON.stringify(CAT)})
  console.log(cls.shape[0])
  await vision.dispose()`

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dinokit-telemetry-test-'))))
afterAll(() => rm(folder, { recursive: true }))

/** Runs a program with an empty home folder, and gives what it said and what it left there. */
async function run(...args: readonly string[]): Promise<{ stdout: string; stderr: string; left: string[] }> {
  const home = await mkdtemp(join(folder, 'home-'))
  const env = { PATH: process.env.PATH, SYSTEMROOT: process.env.SYSTEMROOT, HOME: home, USERPROFILE: home }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env, cwd: folder })
  return { stdout: stdout.trim(), stderr, left: await readdir(home, { recursive: true }) }
}

/** Writes a program. */
async function program(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

test('leaves nothing in the home folder, as a library', async () => {
  const app = await program('library.mjs', embed(JSON.stringify(import.meta.resolve('dinokit'))))
  expect(await run(...TYPESCRIPT, app)).toEqual({ stdout: '192', stderr: '', left: [] })
})

test('leaves nothing in the home folder', async () => {
  const { stdout, left } = await run(...TYPESCRIPT, BIN, 'embed', CAT, '--json')
  expect(JSON.parse(stdout.split('\n')[0]!)).toMatchObject({ input: CAT })
  expect(left).toEqual([])
})

describe('a program that esbuild bundled', () => {
  let bundle: string
  beforeAll(async () => {
    const entryPoint = await program('entry.mjs', embed(JSON.stringify(fileURLToPath(import.meta.resolve('dinokit')))))
    bundle = join(folder, 'bundle.mjs')
    const external = ['onnxruntime-node', 'sharp']
    await build({ entryPoints: [entryPoint], outfile: bundle, external, bundle: true, platform: 'node', target: 'node20', format: 'esm' })
    for (const name of ['session-worker.js', 'engine-process.js']) await copyFile(join(RUNTIME, 'engine', name), join(folder, name))
    await symlink(join(RUNTIME, '../node_modules'), join(folder, 'node_modules'), 'junction')
  })

  test('leaves nothing in the home folder', async () => {
    expect(await run(bundle)).toEqual({ stdout: '192', stderr: '', left: [] })
  })

  test.each([
    ['alone in a worker thread', 'new Worker("./bundle.mjs")', '192'],
    ['in a worker thread and in the main thread', 'await import("./bundle.mjs"); new Worker("./bundle.mjs")', '192\n192'],
    ['where process.env is a copy, as under Jest', 'process.env = { ...process.env }; await import("./bundle.mjs")', '192'],
  ])('leaves nothing in the home folder %s', async (_, start, stdout) => {
    const app = await program('main.mjs', `import { Worker } from 'node:worker_threads'\n${start}`)
    expect(await run(app)).toEqual({ stdout, stderr: '', left: [] })
  })
})
