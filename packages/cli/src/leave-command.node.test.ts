// However the command is left while it is at work, it ends with a code that scripts expect.
import { tensor } from '@dinokit/core'
import { createGraphBuilder, encodeModel } from '@dinokit/onnx'
import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BIN } from './testing/run-dinokit.ts'

const CAT = fileURLToPath(new URL('../../../examples/first-look/images/chelsea.jpg', import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  for (let i = 0; i < 40; i++) await cp(CAT, join(folder, `${i}.jpg`))
})
afterAll(() => rm(folder, { recursive: true }))

test.skipIf(process.platform === 'win32').concurrent.each<[string, (child: ChildProcess) => void, number, string]>([
  ['whose reader has seen enough', (child) => child.stdout!.destroy(), 0, ''],
  ['that is terminated', (child) => child.kill('SIGTERM'), 143, 'interrupted\n'],
  ['that is interrupted', (child) => child.kill('SIGINT'), 130, 'interrupted\n'],
])('ends a command %s with its code', async (_, leave, expected, said) => {
  const child = spawn(process.execPath, [...TYPESCRIPT, BIN, 'embed', folder, '--json'])
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  await once(child.stdout, 'data')
  leave(child)
  child.stdout.resume()
  const [code] = (await once(child, 'close')) as [number | null]
  expect([code, stderr]).toEqual([expected, said])
})

test.skipIf(process.platform === 'win32')(
  'ends and leaves no copy of a model where a command is interrupted twice while the engine opens it',
  async () => {
    const [model, temporary] = [join(folder, 'slow'), join(folder, 'temporary')]
    await writeSlowModel(model)
    await mkdir(temporary)
    const child = spawn(process.execPath, [...TYPESCRIPT, BIN, 'embed', CAT, '--model', model], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: 'ignore',
    })
    const closed = once(child, 'close')
    const copies = async (): Promise<string[]> => (await readdir(temporary)).filter((name) => name.startsWith('dinokit-'))
    // The engine maps the weights: their copy is there while it opens the model.
    while ((await copies()).length === 0) await sleep(10)
    await sleep(500)
    child.kill('SIGINT')
    await sleep(500)
    child.kill('SIGINT')
    const [code, signal] = (await closed) as [number | null, string | null]
    // The second may find the command leaving, when it is no more than a signal: shells call both 130.
    expect(signal ?? code).toBeOneOf([130, 'SIGINT'])
    expect(await copies()).toEqual([])
  },
)

/** Writes a model that the engine opens for minutes: it multiplies large matrices of constants. */
async function writeSlowModel(model: string): Promise<void> {
  const g = createGraphBuilder('slow')
  const pixels = g.input('pixel_values', 'float32', ['batch', 3, 'height', 'width'])
  const entry = g.weight('w', { dtype: 'float32', shape: [1], read: () => new Uint8Array(4) })
  const scalar = g.constant(tensor('float32', Float32Array.of(1e-4), []))
  let square = g.apply('Expand', [scalar, g.integers(8192, 8192)])
  for (let i = 0; i < 8; i++) square = g.apply('MatMul', [square, square])
  const mean = g.apply('ReduceMean', [g.apply('Reshape', [square, g.integers(-1)])], { keepdims: 1 })
  const tokens = g.apply('Reshape', [pixels, g.integers(1, -1, 192)])
  g.output('last_hidden_state', g.apply('Add', [tokens, g.apply('Mul', [mean, entry])]), 'float32', ['batch', 'tokens', 192])
  const { graph, weights } = encodeModel(g.build())
  await mkdir(join(model, 'onnx'), { recursive: true })
  await writeFile(join(model, 'onnx', 'model.onnx'), graph)
  await writeFile(join(model, 'onnx', weights!.location), weights!.chunks())
  const config = { model_type: 'dinov2', hidden_size: 192, num_hidden_layers: 1, num_attention_heads: 3, patch_size: 14, image_size: 224 }
  await writeFile(join(model, 'config.json'), JSON.stringify(config))
}
