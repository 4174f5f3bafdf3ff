import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runDinokit, type CommandRun } from './testing/run-dinokit.ts'
import { writeAlbum } from './testing/write-album.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  await writeAlbum(folder)
})
afterAll(() => rm(folder, { recursive: true }))

const SMALL = [
  '--student',
  '1x32',
  '--preset',
  'laptop',
  '--batch',
  '2',
  '--locals',
  '1',
  '--prototypes',
  '16',
  '--hidden',
  '16',
  '--seed',
  '3',
]

function pretrain(...args: string[]): Promise<CommandRun> {
  return runDinokit(['pretrain', ...SMALL, ...args], { cwd: folder })
}

test('trains a model, logs it and writes it with its card; names a broken image; every command takes the model', async () => {
  const knn = ['--knn-train', 'album', '--knn-test', 'album']
  const run = await pretrain('--data', 'album', '--steps', '3', '--out', 'mine.safetensors', ...knn)
  expect(run.stderr).toContain('broken.png')
  expect(run.stdout).toMatch(/mine\.safetensors: 3 steps, \d+ images in [\d.]+ minutes/)
  expect(run.stdout).toMatch(/^ {2}loss {5}\d+\.\d{4}, \d+\.\d{4} at step 1$/m)
  expect(run.stdout).toMatch(/^ {2}k-NN {5}/m)
  expect(run.stderr).toContain('Next: dinokit embed IMAGE --model mine.safetensors\n')
  const lines = (await readFile(join(folder, 'mine.run/log.jsonl'), 'utf8')).trim().split('\n')
  const log = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(log.filter((entry) => typeof entry.loss === 'number').map(({ step }) => step)).toEqual([1, 2, 3])
  expect(log.filter((entry) => typeof entry.knn === 'number').map(({ step, knn }) => [step, knn])).toEqual([
    [0, 1],
    [3, 1],
  ])
  const inspected = await runDinokit(['inspect', 'mine.safetensors'], { cwd: folder })
  expect(inspected.stdout).toContain('trained without labels by dinokit pretrain')
  const embedded = await runDinokit(['embed', 'album/one/a.jpg', '--model', 'mine.safetensors'], { cwd: folder })
  expect(embedded.stderr).toBe('')
})

test('says what is wrong: no images, no end, a run that is there already, crops that do not divide', async () => {
  const empty = await pretrain('--data', 'empty', '--steps', '1', '--out', 'a.safetensors')
  expect(empty.stderr).toContain('There are no images in empty')
  const endless = await pretrain('--data', 'album', '--out', 'a.safetensors')
  expect(endless).toMatchObject({ code: 2 })
  expect(endless.stderr).toContain('give --steps or --max-minutes')
  const odd = await pretrain('--data', 'album', '--steps', '1', '--global-size', '100', '--out', 'a.safetensors')
  expect(odd.stderr).toContain('a multiple of 14, such as 98')
  const again = await pretrain('--data', 'album', '--steps', '3', '--out', 'mine.safetensors')
  expect(again.stderr).toContain('--resume')
  const other = await pretrain('--data', 'album', '--steps', '3', '--out', 'mine.safetensors', '--resume', '--koleo', '1')
  expect(other.stderr).toContain('is of another run')
})
