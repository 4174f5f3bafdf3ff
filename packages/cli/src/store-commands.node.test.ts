import type { Region } from '@dinokit/core'
import type { StoreOutcome } from '@dinokit/store'
import { appendFile, cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runDinokit, spawnDinokit, type CommandRun } from './testing/run-dinokit.ts'

/** Made by dinokit before format 2: twelve rows. */
const FORMAT_1 = fileURLToPath(new URL('../../store-node/src/testing/store-1', import.meta.url))
const SMALL = ['--size', '56x42']
let folder: string
const dinokit = (args: readonly string[]): Promise<CommandRun> => runDinokit(args, { cwd: folder })

/** An image that is unlike the others: stripes of a width and colors of its own. */
async function writeImage(path: string, number: number): Promise<void> {
  const [width, height] = [72, 60]
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < data.length; i++) data[i] = 128 + 127 * Math.sin((i / (3 + number * 2.7)) * (1 + (i % 3)) + number)
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(path)
}

const outcomes = (run: CommandRun): Record<string, StoreOutcome | undefined> =>
  Object.fromEntries(
    run.lines<{ outcome?: StoreOutcome }>().flatMap(({ input, output }) => (output?.outcome ? [[input, output.outcome]] : [])),
  )
const failures = (run: CommandRun): string[][] => run.lines().flatMap(({ input, error }) => (error ? [[input, error.code]] : []))
const summary = (run: CommandRun): unknown => run.lines().at(-1).output

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-store-test-'))
  for (const [number, name] of ['cats/a.png', 'cats/b.png', 'dogs/a.png', 'dogs/deep/b.png'].entries()) {
    const path = join(folder, 'pets', name)
    await mkdir(join(path, '..'), { recursive: true })
    await writeImage(path, number)
  }
})
afterAll(() => rm(folder, { recursive: true }))

describe('index', () => {
  test('keeps what it sees, skips what is there, replaces what changed, names what failed; search, export, import, verify', async () => {
    await writeFile(join(folder, 'pets', 'cats', 'broken.png'), 'no image')
    await cp(join(folder, 'pets', 'cats', 'a.png'), join(folder, 'pets', 'stray.png'))
    const args = ['index', 'pets', '--store', 'pets.store', '--labels-from-folders', '--split', 'train', '--patches', ...SMALL, '--json']
    const first = await dinokit(args)
    expect([first.code, failures(first)]).toEqual([
      1,
      [
        ['pets/stray.png', 'label-invalid'],
        ['pets/cats/broken.png', 'image-unsupported'],
      ],
    ])
    expect(outcomes(first)).toEqual(
      Object.fromEntries(['cats/a.png', 'cats/b.png', 'dogs/a.png', 'dogs/deep/b.png'].map((name) => [`pets/${name}`, 'added'])),
    )
    expect(summary(first)).toEqual({ rows: 4, added: 4, replaced: 0, relabeled: 0, kept: 0, failed: 2 })

    await rm(join(folder, 'pets', 'cats', 'broken.png'))
    await rm(join(folder, 'pets', 'stray.png'))
    await writeImage(join(folder, 'pets', 'dogs', 'a.png'), 77)
    const second = await dinokit(args.map((arg) => (arg === 'train' ? 'val' : arg)))
    expect([second.code, summary(second)]).toEqual([0, { rows: 4, added: 0, replaced: 1, relabeled: 3, kept: 0, failed: 0 }])
    expect(summary(await dinokit(args.map((arg) => (arg === 'train' ? 'val' : arg))))).toMatchObject({ kept: 4 })

    const info = await dinokit(['store', 'info', 'pets.store', '--json'])
    expect(info.lines()[0]!.output).toMatchObject({
      rows: 4,
      labels: { cats: 2, dogs: 2 },
      splits: { val: 4 },
      tensors: { cls: [192], patches: [3, 4, 192] },
      fingerprint: { model: 'tiny' },
    })

    const found = await dinokit(['search', 'pets/dogs/a.png', '--store', 'pets.store', '--top', '3', '--out', 'sheet.png', '--json'])
    expect(found.code).toBe(0)
    const { neighbors } = found.lines<{ neighbors: { id: string; similarity: number; label: string }[] }>()[0]!.output!
    expect(neighbors).toHaveLength(3)
    const each = await dinokit(['search', 'pets/cats', '--store', 'pets.store', '--top', '1', '--json'])
    expect(each.lines<{ id: string }[]>().map(({ input, output }) => [input, output![0]!.id])).toEqual([
      ['pets/cats/a.png', 'pets/cats/a.png'],
      ['pets/cats/b.png', 'pets/cats/b.png'],
    ])
    const mixed = ['--like', 'pets/cats/a.png', '--like', 'pets/cats/b.png', '--unlike', 'pets/dogs/a.png', '--diverse', '0.2']
    const [like] = (await dinokit(['search', ...mixed, '--store', 'pets.store', '--top', '2', '--json'])).lines<{ id: string }[]>()
    expect(like!.input).toBe('pets/cats/a.png + pets/cats/b.png - pets/dogs/a.png')
    expect(like!.output!.map(({ id }) => id).sort()).toEqual(['pets/cats/a.png', 'pets/cats/b.png'])
    const part = await dinokit(['search', 'pets/cats/b.png', '--region', '40,30,2,2', '--store', 'pets.store', '--top', '1', '--json'])
    const [nearest] = part.lines<{ id: string; similarity: number; region: Region }[]>()[0]!.output!
    expect(nearest).toMatchObject({ id: 'pets/cats/b.png', similarity: expect.closeTo(1, 3) as number })
    expect(nearest!.region.left).toBeLessThanOrEqual(41)
    expect(nearest!.region.left + nearest!.region.width).toBeGreaterThan(40)
    expect(neighbors[0]).toMatchObject({ id: 'pets/dogs/a.png', label: 'dogs' })
    expect(neighbors[0]!.similarity).toBeCloseTo(1, 4)
    const { format, width, height } = await sharp(join(folder, 'sheet.png')).metadata()
    expect([format, width > 900, height > 300]).toEqual(['png', true, true])

    for (const format of ['parquet', 'safetensors']) {
      expect((await dinokit(['store', 'export', 'pets.store', '--out', `pets.${format}`])).code).toBe(0)
      const imported = await dinokit(['store', 'import', `pets.${format}`, '--store', `${format}.store`, '--json'])
      expect(summary(imported)).toMatchObject({ imported: 4, rows: 4 })
    }
    const inspected = await dinokit(['inspect', 'pets.store', 'pets.parquet', 'pets.safetensors', '--json'])
    expect([inspected.code, inspected.lines().map(({ output }) => output)]).toMatchObject([
      0,
      [
        { kind: 'store', rows: 4, labels: { cats: 2, dogs: 2 } },
        { kind: 'exported store', format: 'parquet', rows: 4, tensors: { cls: [192] } },
        { kind: 'exported store', format: 'safetensors', rows: 4, fingerprint: { model: 'tiny' } },
      ],
    ])
    const verified = await dinokit(['store', 'verify', '--store', 'parquet.store', '--json'])
    expect([verified.code, summary(verified)]).toMatchObject([0, { rows: 4, numbers: 4 * 192 * 13 }])
  }, 240_000)

  test('prints how many, their names with --verbose, nothing with --quiet', async () => {
    const index = async (...args: string[]): Promise<CommandRun> =>
      dinokit(['index', 'pets/dogs', '--store', 'words.store', ...SMALL, ...args])
    const first = await index()
    expect([first.code, first.stdout.match(/\n/g)?.length]).toEqual([0, 1])
    expect(first.stdout).toMatch(/^words\.store: 2 rows; 2 added\n$/)
    expect(first.stderr).toContain('Next: dinokit search IMAGE --store words.store\n')
    const named = await index('--verbose')
    expect(named.stdout).toMatch(/^kept pets.dogs.a\.png\nkept pets.dogs.deep.b\.png\nwords\.store: 2 rows; 2 kept\n$/)
    const quiet = await index('--quiet')
    expect([quiet.code, quiet.stdout, quiet.stderr]).toEqual([0, '', ''])
  }, 120_000)

  test('shares go to every class, and what was shared out stays where it is', async () => {
    const args = ['index', 'pets', '--store', 'shares.store', '--labels-from-folders', '--split', 'train=50,val=50', ...SMALL, '--json']
    expect(summary(await dinokit(args))).toMatchObject({ rows: 4, added: 4 })
    const info = await dinokit(['store', 'info', 'shares.store', '--json'])
    expect(summary(info)).toMatchObject({ labels: { cats: 2, dogs: 2 }, splits: { train: 2, val: 2 } })
    const split = async (label: string): Promise<unknown> => {
      await dinokit(['store', 'export', 'shares.store', '--label', label, '--out', 'share.parquet'])
      await dinokit(['store', 'import', 'share.parquet', '--store', `${label}.store`])
      return (summary(await dinokit(['store', 'info', `${label}.store`, '--json'])) as { splits: unknown }).splits
    }
    expect([await split('cats'), await split('dogs')]).toEqual([
      { train: 1, val: 1 },
      { train: 1, val: 1 },
    ])
    expect(summary(await dinokit(args))).toMatchObject({ kept: 4 })
  }, 120_000)

  test('takes labels from a table, with split and annotation, and names those without an image and images without one', async () => {
    await writeFile(
      join(folder, 'labels.csv'),
      'path,label,split,annotation\npets/cats/a.png,cat,train,masks/a.png\npets/gone.png,cat,train,\n',
    )
    const run = await dinokit(['index', 'pets/cats', '--store', 'table.store', '--labels', 'labels.csv', ...SMALL, '--json'])
    expect([run.code, failures(run)]).toEqual([1, [['pets/cats/b.png', 'label-invalid']]])
    expect(summary(run)).toMatchObject({ labelsWithoutImage: 1 })
    expect(run.lines<{ id?: string }>().map(({ output }) => output?.id)).toContain('cats/a.png')
    const { stderr } = await dinokit(['index', 'pets/cats', '--store', 'table.store', '--labels', 'labels.csv', ...SMALL])
    expect(stderr).toContain('labels.csv has labels of images that are not there: 1, such as pets/gone.png.')
    const info = await dinokit(['store', 'info', 'table.store', '--json'])
    expect(summary(info)).toMatchObject({ rows: 1, labels: { cat: 1 }, splits: { train: 1 } })
    await writeFile(join(folder, 'wrong.csv'), 'a,b\n1,2\n')
    expect((await dinokit(['index', 'pets', '--store', 'table.store', '--labels', 'wrong.csv'])).code).toBe(1)
  }, 120_000)

  test.each([
    ['--prune', ['pets', '--prune'], /--queue <address>.* cannot be used with option '--prune'/],
    ['--forget-labels', ['pets', '--forget-labels'], /--queue <address>.* cannot be used with option '--forget-labels'/],
    ['shares', ['pets', '--split', 'train=80,val=20'], /Splits by shares are not made with --queue/],
    ['labels of a bucket', ['s3://bucket/photos/', '--labels-from-folders'], /images that come over the network get none/],
    ['labels of addresses', ['list.txt', '--labels', 'labels.csv'], /images that come over the network get none/],
  ])('refuses %s with --queue, before it asks for the queue', async (_, args, said) => {
    const { code, stderr } = await dinokit(['index', ...args, '--store', 'refused.store', '--queue', 'redis://127.0.0.1:1'])
    expect([code, stderr]).toEqual([2, expect.stringMatching(said)])
  })

  test('follows a moved folder and renamed files without looking at them again, and drops rows of deleted files', async () => {
    await mkdir(join(folder, 'trips', 'alps'), { recursive: true })
    for (let number = 0; number < 6; number++) await writeImage(join(folder, 'trips', 'alps', `${number}.png`), 20 + number)
    const index = (named: string, ...more: string[]): Promise<CommandRun> =>
      dinokit(['index', named, '--store', 'trips.store', '--patches', ...SMALL, ...more, '--json', '--verbose'])
    expect(summary(await index('trips'))).toMatchObject({ rows: 6, added: 6 })
    const versions = (table: string): Promise<string[]> => readdir(join(folder, 'trips.store', `${table}.lance`, '_versions'))
    const [images, tokens] = [await versions('images'), await versions('tokens')]

    await rename(join(folder, 'trips'), join(folder, 'travel'))
    await rename(join(folder, 'travel', 'alps', '3.png'), join(folder, 'travel', 'summit.png'))
    await rm(join(folder, 'travel', 'alps', '5.png'))
    const moved = await index('travel', '--labels-from-folders', '--split', 'train')
    expect(failures(moved)).toEqual([['travel/summit.png', 'label-invalid']])
    expect(summary(moved)).toMatchObject({ rows: 6, added: 0, relabeled: 4 })
    // Rows keep what a run does not say, unless it says that they are not to.
    expect(summary(await index('travel', '--split', 'train'))).toMatchObject({ rows: 6, added: 0, relabeled: 1 })
    const labels = async (): Promise<unknown> => summary(await dinokit(['store', 'info', 'trips.store', '--json']))
    expect(await labels()).toMatchObject({ labels: { alps: 4 } })
    expect(summary(await index('travel', '--split', 'train', '--forget-labels'))).toMatchObject({ rows: 6, added: 0, relabeled: 4 })
    expect(await labels()).toMatchObject({ labels: {} })
    expect(await versions('tokens')).toEqual(tokens)
    // Two commits each time.
    expect((await versions('images')).length - images.length).toBe(6)
    const found = await dinokit(['search', 'travel/summit.png', '--store', 'trips.store', '--top', '1', '--json'])
    expect(found.lines()[0]!.output).toMatchObject([
      { id: 'travel/summit.png', source: join(folder, 'travel', 'summit.png'), split: 'train' },
    ])

    // The row of what was deleted is the old folder's; nothing leaves before it was named.
    const dry = await index('trips', '--prune')
    expect(dry.lines().filter(({ output }) => (output as { outcome?: string } | undefined)?.outcome === 'gone')).toEqual([
      { input: join(folder, 'trips', 'alps', '5.png'), output: { id: 'trips/alps/5.png', outcome: 'gone' } },
    ])
    expect(summary(dry)).toMatchObject({ rows: 6, gone: 1 })
    await rm(join(folder, 'travel', 'alps', '0.png'))
    expect(summary(await index('travel', '--split', 'train', '--prune', '--yes'))).toMatchObject({ rows: 5, kept: 4, removed: 1 })
    expect(summary(await index('trips', '--prune', '--yes'))).toMatchObject({ rows: 4, removed: 1 })
    expect((await dinokit(['store', 'verify', 'trips.store'])).code).toBe(0)
    expect((await index('travel', '--yes')).code).toBe(2)
  }, 240_000)

  test('looks into a store of format 1 as it is, and migrates it by name', async () => {
    await cp(FORMAT_1, join(folder, 'old.store'), { recursive: true })
    expect((await dinokit(['store', 'info', 'old.store', '--json'])).lines()[0]!.output).toMatchObject({ rows: 12, format: 1 })
    const migrate = (): Promise<CommandRun> => dinokit(['store', 'migrate', 'old.store', '--json'])
    expect(summary(await migrate())).toEqual({ rows: 12, from: 1, to: 2 })
    expect(summary(await migrate())).toEqual({ rows: 12, from: 2, to: 2 })
    expect(summary(await dinokit(['store', 'verify', 'old.store', '--json']))).toMatchObject({ rows: 12 })
  }, 60_000)

  test('keeps what was seen when it is interrupted, and goes on in the next run', async () => {
    await mkdir(join(folder, 'many'))
    for (let i = 0; i < 150; i++) await writeImage(join(folder, 'many', `${String(i).padStart(3, '0')}.png`), i)
    const args = ['index', 'many', '--store', 'many.store', '--size', '14x14', '--json']
    const stopped = await spawnDinokit(args, { cwd: folder, interruptAfter: (text) => text.includes('added') })
    expect(stopped.code).toBe(130)
    expect((await dinokit(['store', 'verify', 'many.store'])).code).toBe(0)
    const again = summary(await dinokit(args)) as { added: number; kept: number; rows: number }
    expect(again.rows).toBe(150)
    expect(again.kept).toBeGreaterThanOrEqual(1)
    expect(again.added + again.kept).toBe(150)
  }, 240_000)

  test('rejects another size as another model, another precision unless it is allowed, and wrong usage with 2', async () => {
    await dinokit(['index', 'pets/cats', '--store', 'size.store', ...SMALL])
    const part = await dinokit(['search', 'pets/cats/a.png', '--store', 'size.store', '--region', '1,1,9,9', '--json'])
    expect([part.code, failures(part)]).toEqual([1, [['pets/cats/a.png', 'tensor-missing']]])
    const few = await dinokit(['store', 'optimize', 'size.store', '--index', 'ivf-rq'])
    expect([few.code, few.stderr]).toEqual([2, expect.stringContaining('An index ivf-rq needs more rows.')])
    const made = await dinokit(['store', 'optimize', 'size.store', '--json'])
    expect(made.lines()[0]!.output).toEqual({ rows: 2, index: { kind: 'flat', rows: 0, recall: 1 } })
    const near = await dinokit(['search', 'pets/cats/a.png', '--store', 'size.store', '--approximate', '--top', '1', '--json'])
    expect(near.lines()[0]!.output).toMatchObject({ neighbors: [{ id: 'cats/a.png' }], index: { kind: 'flat' } })
    const eight = ['search', 'pets/cats/a.png', '--store', 'size.store', '--precision', 'int8', '--top', '1']
    expect(failures(await dinokit([...eight, '--json']))).toEqual([['pets/cats/a.png', 'fingerprint-mismatch']])
    const found = await dinokit([...eight, '--allow-precision'])
    expect(found).toMatchObject({ code: 0, stderr: expect.stringContaining('The tokens were computed in int8, the others in float32.') })
    expect(found.stdout).toMatch(/cats\/a\.png/)
    const added = await dinokit(['index', 'pets/dogs', '--store', 'size.store', ...SMALL, '--precision', 'int8', '--allow-precision'])
    expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('added') })
    const other = await dinokit(['index', 'pets/cats', '--store', 'size.store', '--size', '28x28', '--json'])
    expect([other.code, failures(other)]).toEqual([1, [['size.store', 'fingerprint-mismatch']]])
    const nothing = await dinokit(['search', 'pets/cats/a.png', '--store', 'no.store', '--json'])
    expect([nothing.code, failures(nothing)]).toEqual([1, [['pets/cats/a.png', 'file-not-found']]])
    await appendFile(join(folder, 'junk.parquet'), 'PAR1 and nothing more')
    expect(failures(await dinokit(['inspect', 'junk.parquet', '--json']))).toEqual([['junk.parquet', 'store-invalid']])
    const junk = await dinokit(['store', 'import', 'junk.parquet', '--store', 'junk.store', '--json'])
    expect([junk.code, failures(junk)]).toEqual([1, [['junk.parquet', 'store-invalid']]])
    for (const args of [
      ['index', 'pets'],
      ['index', 'nothing-here-*', '--store', 's', '--split', 'a=b'],
      ['index', 'pets', '--store', 's', '--patches', '--size', 'native'],
      ['search', 'pets/cats/a.png', '--store', 'size.store', '--out', 'sheet.jpg'],
      ['search', '--store', 'size.store'],
      ['search', 'pets/cats/a.png', '--store', 'size.store', '--region', '1,1,5,5', '--diverse'],
      ['search', 'pets/cats/a.png', '--store', 'size.store', '--unlike-weight', '1'],
      ['store', 'info'],
      ['store', 'export', 'size.store', '--out', 'rows.csv'],
    ])
      expect((await dinokit(args)).code, args.join(' ')).toBe(2)
  }, 240_000)
})
