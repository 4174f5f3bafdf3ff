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

test('groups images into clusters, and labels those without a label with --apply alone', async () => {
  await cp(join(folder, 'all.store'), join(folder, 'labeled.store'), { recursive: true })
  const clusters = (...args: string[]): Promise<CommandRun> => dinokit('store', 'clusters', 'labeled.store', '--k', '3', ...args)
  const { code, stdout } = await clusters()
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/5 images in 3 clusters, by cosine distance.*\n {2}1 {2}2 images, such as /) as string,
  ])
  const info = async (): Promise<object> => (await dinokit('store', 'info', 'labeled.store', '--json')).lines<object>()[0]!.output!
  const before = await info()
  await clusters('--out', 'clusters.csv')
  const lines = (await readFile(join(folder, 'clusters.csv'), 'utf8')).trim().split('\n')
  expect([lines.length, lines[0]]).toEqual([6, 'cluster,id,source,distance,medoid'])
  expect(await info()).toEqual(before)
  expect((await clusters('--apply', '--json')).lines()[0]!.output).toMatchObject({
    k: 3,
    settled: true,
    labeled: 5,
    left: 0,
    rows: { length: 5 },
  })
  const outliers = await dinokit('store', 'outliers', 'labeled.store', '--label', 'cluster 1', '--json')
  expect(outliers.lines<{ rows: { id: string }[] }>()[0]!.output!.rows).toHaveLength(2)
  expect((await dinokit('store', 'clusters', 'labeled.store', '--k', '6')).stderr).toMatch(/6 clusters were asked for, of 5 rows/)
})

test('writes a map as a page and as a table, and refuses other files', async () => {
  const map = (...args: string[]): Promise<CommandRun> => dinokit('store', 'map', 'all.store', ...args)
  expect((await map('--out', 'map.html')).stdout).toMatch(/all.store -> map.html {2}5 images placed by their two principal components/)
  const page = await readFile(join(folder, 'map.html'), 'utf8')
  expect(page).toMatch(/^<!doctype html>/)
  const data = JSON.parse(/id="data">([^<]*)</.exec(page)![1]!) as { ids: string[]; sheets: string[]; colorings: { name: string }[] }
  expect([data.ids.length, data.sheets.length, data.colorings.map(({ name }) => name)]).toEqual([5, 1, ['cluster', 'split']])
  const sheet = await sharp(Buffer.from(data.sheets[0]!.split(',')[1]!, 'base64')).metadata()
  expect([sheet.format, sheet.width, sheet.height]).toEqual(['webp', 32 * 96, 96])
  await map('--out', 'map.json')
  expect(JSON.parse(await readFile(join(folder, 'map.json'), 'utf8'))).toMatchObject({
    method: 'pca',
    images: 5,
    placed: 5,
    rows: { length: 5 },
  })
  const wrong = await map('--out', 'map.png')
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('ends with .html, .csv or .json') as string])
  expect((await map('--method', 'umap', '--split', 'test', '--out', 'map.html')).stderr).toMatch(/UMAP can’t place 1 rows/)
})

test('names the splits of a store where another is asked for', async () => {
  const { code, stderr } = await dinokit('store', 'duplicates', 'all.store', '--split', 'val')
  expect([code, stderr]).toEqual([2, expect.stringMatching(/has no split val.*one of test, train/s) as string])
})

test.each([
  ['duplicates', 0, '0 duplicates of 0 images, among 0'],
  ['leaks', 2, 'no row of this store has one'],
  ['clusters', 0, '0 images in 0 clusters'],
  ['outliers', 0, 'the 0 of 0 images'],
  ['diverse', 0, '0 images that cover it'],
  ['map', 0, '0 images placed by'],
])('says of an empty store what there is to say: %s', async (name, expected, said) => {
  await cp(join(folder, 'all.store'), join(folder, 'empty.store'), { recursive: true })
  await dinokit('store', 'outliers', 'empty.store', '--top', '9', '--apply')
  const { code, stdout, stderr } = await dinokit('store', name, 'empty.store', ...(name === 'map' ? ['--out', 'empty.html'] : []))
  expect([code, stdout + stderr]).toEqual([expected, expect.stringContaining(said) as string])
})
