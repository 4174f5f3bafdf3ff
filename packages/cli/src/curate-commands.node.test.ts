import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runDinokit, type CommandRun } from './testing/run-dinokit.ts'

const FIRST_LOOK = fileURLToPath(new URL('../../../examples/first-look/images/', import.meta.url))
let folder: string
const dinokit = (...args: string[]): Promise<CommandRun> => runDinokit(args, { cwd: folder })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-curate-test-'))
  for (const split of ['train', 'test']) await mkdir(join(folder, split))
  for (const name of ['chelsea', 'astronaut', 'rocket']) await cp(join(FIRST_LOOK, `${name}.jpg`), join(folder, 'train', `${name}.jpg`))
  await cp(join(FIRST_LOOK, 'chelsea.jpg'), join(folder, 'train', 'copy.jpg'))
  await sharp(join(FIRST_LOOK, 'astronaut.jpg'))
    .jpeg({ quality: 70 })
    .toFile(join(folder, 'test', 'again.jpg'))
  await dinokit('index', 'train', '--store', 'all.store', '--split', 'train')
  await dinokit('index', 'test', '--store', 'all.store', '--split', 'test')
})
afterAll(() => rm(folder, { recursive: true }))

test('lists duplicates as text, JSON and CSV, removes none in a dry run, and those alone with --apply', async () => {
  const text = await dinokit('store', 'duplicates', 'all.store')
  expect([text.code, text.stdout]).toEqual([
    0,
    expect.stringMatching(/2 duplicates of 2 images, among 5 \(cosine similarity from 0.95\)/) as string,
  ])
  const { groups, rows } = (await dinokit('store', 'duplicates', 'all.store', '--json')).lines<{ groups: number; rows: object[] }>()[0]!
    .output!
  expect([groups, rows]).toEqual([
    2,
    [
      expect.objectContaining({ group: 1, id: 'test/again.jpg', kept: 'train/astronaut.jpg', kind: 'near' }),
      { group: 2, id: 'train/copy.jpg', source: expect.any(String), kept: 'train/chelsea.jpg', similarity: 1, kind: 'same-file' },
    ],
  ])
  await dinokit('store', 'duplicates', 'all.store', '--out', 'found.csv')
  const lines = (await readFile(join(folder, 'found.csv'), 'utf8')).trim().split('\n')
  expect([lines.length, lines[0]]).toEqual([3, 'group,id,source,kept,similarity,kind'])
  await dinokit('store', 'duplicates', 'all.store', '--out', 'found.json')
  expect(JSON.parse(await readFile(join(folder, 'found.json'), 'utf8'))).toMatchObject({
    store: 'all.store',
    measure: 'cosine',
    rows: { length: 2 },
  })
  await cp(join(folder, 'all.store'), join(folder, 'less.store'), { recursive: true })
  const applied = await dinokit('store', 'duplicates', 'less.store', '--split', 'train', '--apply', '--json')
  expect(applied.lines()[0]!.output).toMatchObject({ removed: 1 })
  expect((await dinokit('store', 'info', 'less.store', '--json')).lines()[0]!.output).toMatchObject({ rows: 4 })
})

test('finds images of the test split in the training split, outliers, and a diverse subset', async () => {
  const leaks = await dinokit('store', 'leaks', 'all.store', '--json')
  expect(leaks.lines()[0]!.output).toMatchObject({
    images: 1,
    rows: [{ id: 'test/again.jpg', train: 'train/astronaut.jpg', kind: 'near' }],
  })
  const outliers = await dinokit('store', 'outliers', 'all.store', '--top', '1', '--nearest', '1', '--json')
  expect(outliers.lines()[0]!.output).toMatchObject({ rows: [{ id: 'train/rocket.jpg' }] })
  const diverse = await dinokit('store', 'diverse', 'all.store', '--count', '3', '--split', 'train', '--json')
  expect(
    diverse
      .lines<{ rows: { id: string }[] }>()[0]!
      .output!.rows.map(({ id }) => id)
      .sort(),
  ).toEqual(['astronaut', 'chelsea', 'rocket'].map((name) => `train/${name}.jpg`))
})

test('names the splits of a store where another is asked for', async () => {
  const { code, stderr } = await dinokit('store', 'duplicates', 'all.store', '--split', 'val')
  expect([code, stderr]).toEqual([2, expect.stringMatching(/has no split val.*one of test, train/s) as string])
})
