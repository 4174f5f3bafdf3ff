import { writeHeadFile } from '@dinokit/head-kit'
import { openTensorFile } from '@dinokit/checkpoint'
import { bytesSource } from '@dinokit/core'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOutputFiles } from './output/output-files.ts'
import { outputPaths } from './output/out-paths.ts'
import { runDinokit, type CommandRun } from './testing/run-dinokit.ts'

const SMALL = ['--size', '14x14']
let folder: string
const dinokit = (...args: string[]): Promise<CommandRun> => runDinokit(args, { cwd: folder })
const said = (run: CommandRun): string[][] => run.lines().map(({ input, error }) => [input, error?.code ?? 'written'])

async function image(path: string, background: string): Promise<void> {
  const whole = join(folder, path)
  await mkdir(dirname(whole), { recursive: true })
  await sharp({ create: { width: 16, height: 16, channels: 3, background } }).toFile(whole)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-out-'))
  await image('x/a.jpg', '#f00')
  await image('x/a.png', '#0f0')
  await image('x/b.png', '#00f')
  await image('y/a.png', '#ff0')
})
afterAll(() => rm(folder, { recursive: true }))

describe('names', () => {
  const names = (...inputs: (readonly [source: string, relative: string])[]): string[] => {
    const all = inputs.map(([source, relative]) => ({ source, relative, named: source }))
    const found = outputPaths('out', 'png', all)
    return all.map((input) => found.get(input)!)
  }

  test('are those of the images, with their endings, their folders or a digest where these are alike, in whatever order', () => {
    expect(names(['x/a.jpg', 'a.jpg'], ['x/b.jpg', 'b.jpg'], ['x/a.png', 'a.png'])).toEqual(['out/a.jpg.png', 'out/b.png', 'out/a.png.png'])
    expect(names(['x/a.png', 'a.png'], ['x/a.jpg', 'a.jpg'])).toEqual(['out/a.png.png', 'out/a.jpg.png'])
    expect(names(['x/a.png', 'a.png'], ['y/a.png', 'a.png'])).toEqual(['out/x/a.png.png', 'out/y/a.png.png'])
    const far = names(['/1/a.png', 'a.png'], ['/2/a.png', 'a.png'], ['https://a.b/a.png', 'a.png'])
    expect(far.map((name) => /^out\/a\.png-[0-9a-f]{8}\.png$/.test(name))).toEqual([true, true, true])
    expect(new Set(far).size).toBe(3)
    expect(names(['a.jpg', 'a.jpg'], ['a.png', 'a.png'], ['a.jpg.webp', 'a.jpg.webp'])).toEqual([
      'out/a.jpg.png',
      'out/a.png.png',
      'out/a.jpg.webp.png',
    ])
    expect(names(['A.png', 'A.png'], ['a.jpg', 'a.jpg'])).toEqual(['out/A.png.png', 'out/a.jpg.png'])
  })
})

test('gives images of one name a file each, and replaces its own in a second run', async () => {
  const args = ['embed', 'x', 'y/a.png', '--out', 'alike', '--json', ...SMALL]
  for (let run = 0; run < 2; run++) expect(said(await dinokit(...args)).map(([, what]) => what)).toEqual(Array(4).fill('written'))
  expect((await readdir(join(folder, 'alike'), { recursive: true })).sort()).toEqual([
    'a.jpg.safetensors',
    'b.safetensors',
    'x',
    'x/a.png.safetensors',
    'y',
    'y/a.png.safetensors',
  ])
  const bytes = new Uint8Array(await readFile(join(folder, 'alike', 'x', 'a.png.safetensors')))
  const file = await openTensorFile(bytesSource('a.png', bytes))
  expect([file.metadata.source, file.metadata.model, file.tensors.get('cls')!.shape]).toEqual(['../../x/a.png', 'tiny', [192]])
})

test('keeps what an earlier run wrote for another image, unless --overwrite is given', async () => {
  await dinokit('embed', 'x/a.png', '--out', 'later', ...SMALL)
  const before = await readFile(join(folder, 'later', 'a.safetensors'))
  const run = await dinokit('embed', 'y/a.png', '--out', 'later', '--json', ...SMALL)
  expect([run.code, said(run)]).toEqual([1, [['y/a.png', 'file-unwritable']]])
  expect(run.lines()[0]!.error!.message).toMatch(/a\.safetensors is there already.*\.\.\/x\/a\.png.*--overwrite/)
  expect((await readFile(join(folder, 'later', 'a.safetensors'))).equals(before)).toBe(true)
  expect((await dinokit('embed', 'y/a.png', '--out', 'later', '--overwrite', ...SMALL)).code).toBe(0)
  expect((await readFile(join(folder, 'later', 'a.safetensors'))).equals(before)).toBe(false)
})

test('drawings say whose they are too, and never replace an image that is looked at', async () => {
  const weight = { shape: [1, 192, 1, 1], data: Float32Array.from({ length: 192 }, (_, i) => Math.sin(i) / 20) }
  await writeFile(
    join(folder, 'meters.safetensors'),
    writeHeadFile({
      description: {
        format: 2,
        name: 'test',
        backbone: { dim: 192 },
        network: [{ kind: 'convolution' }],
        task: 'depth',
        input: { layers: [12], norm: true, tokens: ['patches'] },
        output: { kind: 'log', min: 0.5, max: 9 },
      },
      tensors: new Map([['network.0.weight', weight]]),
    }),
  )
  const depth = (...args: string[]): Promise<CommandRun> =>
    dinokit('depth', '--head', 'meters.safetensors', '--format', 'png', '--json', ...args)
  expect(said(await depth('x/b.png', '--out', 'drawn'))).toEqual([['x/b.png', 'written']])
  expect(said(await depth('x/b.png', '--out', 'drawn'))).toEqual([['x/b.png', 'written']])
  expect((await sharp(join(folder, 'drawn', 'b.png')).stats()).isOpaque).toBe(true)
  const image = await readFile(join(folder, 'x', 'b.png'))
  for (const args of [
    ['--out', 'x'],
    ['--out', 'x/b.png'],
    ['--out', 'x', '--overwrite'],
  ])
    expect(said(await depth('x/b.png', ...args))).toEqual([['x/b.png', 'file-unwritable']])
  expect((await readFile(join(folder, 'x', 'b.png'))).equals(image)).toBe(true)
  expect(said(await depth('y/a.png', '--out', 'x'))).toEqual([['y/a.png', 'file-unwritable']])
})

test('keeps a mark in PNG and in safetensors alike', async () => {
  const out = join(folder, 'marks')
  const files = createOutputFiles({ out, format: 'png', overwrite: false })
  const [one, other] = ['one.jpg', 'other.jpg'].map((name) => ({ source: name, relative: 'same.jpg', named: name })) as [never, never]
  const png = new Uint8Array(
    await sharp({ create: { width: 3, height: 2, channels: 3, background: '#123' } })
      .png()
      .toBuffer(),
  )
  await files.plan([one])
  const path = await files.write(one, png)
  expect((await sharp(path).raw().toBuffer()).toString('hex')).toBe('112233'.repeat(6))
  await files.plan([other])
  await expect(files.write(other, png)).rejects.toMatchObject({ code: 'file-unwritable' })
})
