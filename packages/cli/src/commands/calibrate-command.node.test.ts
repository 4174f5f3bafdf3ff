import { ownGoldens } from '@dinokit/testing'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runDinokit } from '../testing/run-dinokit.ts'
import { writeAlbum } from '../testing/write-album.ts'

const MODEL = fileURLToPath(ownGoldens.address('checkpoints/fine-tuned-dinov2'))
const OUT = ['--out', 'eight.safetensors']

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  await writeAlbum(folder)
})
afterAll(() => rm(folder, { recursive: true }))

interface Report {
  readonly images: number
  readonly float32: string[]
  readonly harm: { readonly vector: number }
  readonly layers: { readonly name: string; readonly work: number; readonly harm: { readonly worst: number } }[]
}

test('calibrates a model from a folder, goes on past an image that can’t be read, and reports each layer', async () => {
  const run = await runDinokit(['calibrate', MODEL, '--data', 'album', '--each-layer', '--json', ...OUT], { cwd: folder })
  const [broken, written] = run.lines<Report>()
  expect(broken).toMatchObject({ input: 'album/broken.png', error: { code: 'image-unsupported' } })
  expect(run.code).toBe(1)
  const { images, float32, harm, layers } = written!.output!
  expect(images).toBe(3)
  expect(harm.vector).toBeLessThanOrEqual(0.0006)
  expect(layers.length % 4).toBe(0)
  expect(layers.map(({ name }) => name).slice(0, 4)).toEqual(['block1.facets', 'block1.projection', 'block1.inner', 'block1.outer'])
  expect(layers.reduce((sum, { work }) => sum + work, 0)).toBeCloseTo(1, 6)
  // Each layer alone does something to the tokens: it was computed in 8 bits.
  for (const layer of layers) expect(layer.harm.worst).toBeGreaterThan(1e-9)
  expect(float32.every((name) => layers.some((layer) => layer.name === name))).toBe(true)
  const embedded = await runDinokit(
    ['embed', 'album/two/c.jpg', '--model', MODEL, '--precision', 'int8', '--calibration', 'eight.safetensors', '--json'],
    { cwd: folder },
  )
  expect(embedded.code).toBe(0)
})

test('calibrates by the images that come with dinokit, and tells how far it is without a terminal', async () => {
  const run = await runDinokit(['calibrate', MODEL, ...OUT], { cwd: folder })
  expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('from 16 images') })
  expect(run.stderr).toMatch(/^calibration of fine-tuned-dinov2: \d+ of \d+ runs$/m)
})

test.each([
  ['a folder without images', 'empty', /There are no images in empty/],
  ['a folder of images none of which can be read', 'album/broken.png', /None of the images can be read/],
])('refuses %s', async (_, data, message) => {
  const run = await runDinokit(['calibrate', MODEL, '--data', data, ...OUT], { cwd: folder })
  expect(run.code).not.toBe(0)
  expect(run.stderr).toMatch(message)
})
