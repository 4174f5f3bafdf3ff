import { depth } from '@dinokit/head-depth'
import { writeHeadFile, type HeadDescription, type HeadTensor } from '@dinokit/head-kit'
import { segmentation } from '@dinokit/head-segmentation'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { open } from 'dinokit'
import { runDinokit, type CommandRun } from './testing/run-dinokit.ts'

/** 451x300. */
const CAT = fileURLToPath(new URL('../../../examples/first-look/images/chelsea.jpg', import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  const input = { layers: [12], norm: true, tokens: ['patches'] } as const
  const classes = [{ name: 'this', color: [200, 10, 10] }, { name: 'that' }, { name: 'rest' }] as const
  await writeFile(
    join(folder, 'parts.head.safetensors'),
    headFile({ task: 'segmentation', input, output: { kind: 'classes' }, classes }, 3),
  )
  await writeFile(join(folder, 'meters.head.safetensors'), headFile({ task: 'depth', input, output: { kind: 'log', min: 0.5, max: 9 } }, 1))
  await mkdir(join(folder, 'album'))
  await cp(CAT, join(folder, 'album', 'a.jpg'))
  await writeFile(join(folder, 'album', 'broken.png'), 'no image')
})
afterAll(() => rm(folder, { recursive: true }))

/** A head of tiny's that nobody trained. */
function headFile(about: Pick<HeadDescription, 'task' | 'input' | 'output' | 'classes'>, channels: number): Uint8Array {
  const weight: HeadTensor = {
    shape: [channels, 192, 1, 1],
    data: Float32Array.from({ length: channels * 192 }, (_, i) => Math.sin(i) / 20),
  }
  return writeHeadFile({
    description: { format: 2, name: 'test', backbone: { dim: 192 }, network: [{ kind: 'convolution' }], ...about },
    tensors: new Map([['network.0.weight', weight]]),
  })
}

const PARTS = ['--head', 'parts.head.safetensors', '--size', '112x70']
const METERS = ['--head', 'meters.head.safetensors', '--size', '112x70']

function dinokit(...args: string[]): Promise<CommandRun> {
  return runDinokit(args, { cwd: folder })
}

/** Reads the files that a command writes for the cat. */
async function written(out: string, ...args: string[]): Promise<Buffer> {
  const { code, stderr, stdout } = await dinokit(...args, '--out', out)
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain(out)
  return readFile(join(folder, out))
}

test('writes depth in millimeters at the image’s size, as the head answers', async () => {
  const png = await written('cat.mm.png', 'depth', CAT, ...METERS)
  expect(await sharp(png).metadata()).toMatchObject({ format: 'png', width: 451, height: 300, channels: 1, depth: 'ushort' })
  const raw = await sharp(png).toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer()
  await using vision = await open({ heads: { meters: depth({ weights: await readFile(join(folder, 'meters.head.safetensors')) }) } })
  const { map } = await vision.heads.meters(CAT, { size: { width: 112, height: 70 } })
  expect([...new Uint16Array(new Uint8Array(raw).buffer)]).toEqual(Array.from(map.data, (value) => Math.round(value * 1000)))
})

test('writes label PNGs that hold the head’s labels at the image’s size', async () => {
  const png = await written('cat.labels.png', 'segment', CAT, ...PARTS)
  expect(await sharp(png).metadata()).toMatchObject({ format: 'png', width: 451, height: 300, channels: 1, depth: 'uchar' })
  await using vision = await open({ heads: { parts: segmentation({ weights: await readFile(join(folder, 'parts.head.safetensors')) }) } })
  const { labels } = await vision.heads.parts(CAT, { size: { width: 112, height: 70 } })
  expect([...(await sharp(png).toColourspace('b-w').raw().toBuffer())]).toEqual([...labels.data])
})

test.each([
  ['classify', []],
  ['segment', PARTS],
  ['depth', METERS],
])('draws a PNG by %s, and another one with --overlay', async (command, options) => {
  const drawing = await written(`${command}.png`, command, CAT, ...options)
  const overlay = await written(`${command}-over.PNG`, command, CAT, ...options, '--overlay')
  const [about, over] = [await sharp(drawing).metadata(), await sharp(overlay).metadata()]
  expect(about).toMatchObject({ format: 'png', width: 451 })
  expect(about.height).toBeGreaterThan(320)
  expect([over.width, over.height]).toEqual([451, command === 'classify' ? 300 : about.height])
  expect(overlay.equals(drawing)).toBe(false)
})

test('folders hold what --format says, and drawings with --overlay; what can’t be read is named', async () => {
  const numbers = await dinokit('depth', 'album', ...METERS, '--out', 'numbers', '--format', 'mm.png', '--json')
  expect([numbers.code, numbers.lines().map(({ input, error }) => [input, error?.code])]).toEqual([
    1,
    [
      ['album/a.jpg', undefined],
      ['album/broken.png', 'image-unsupported'],
    ],
  ])
  expect(await readdir(join(folder, 'numbers'))).toEqual(['a.mm.png'])
  expect(numbers.lines()[0]!.output).toMatchObject({ width: 451, file: 'numbers/a.mm.png' })
  expect((await dinokit('segment', 'album/a.jpg', CAT, ...PARTS, '--out', 'drawn', '--overlay')).code).toBe(0)
  expect((await readdir(join(folder, 'drawn'))).sort()).toEqual(['a.png', 'chelsea.png'])
  expect((await dinokit('segment', CAT, ...PARTS, '--out', 'plain')).code).toBe(0)
  expect(await readdir(join(folder, 'plain'))).toEqual(['chelsea.safetensors'])
})

test('decides by --format what a .png file holds', async () => {
  const png = await written('gray.png', 'depth', CAT, ...METERS, '--format', 'mm.png')
  expect((await sharp(png).metadata()).depth).toBe('ushort')
})

test.each([
  ['--overlay'],
  ['--format', 'png'],
  ['--out', 'x.jpg'],
  ['--out', 'x.safetensors', '--overlay'],
  ['--out', 'x.mm.png', '--overlay'],
  ['--out', 'x.safetensors', '--format', 'mm.png'],
  ['--out', 'x.png', '--format', 'safetensors'],
  ['--out', 'x.png', '--format', 'labels.png'],
  ['--out', 'x.png', CAT.replace('chelsea', 'coffee')],
])('rejects depth %s %s %s with exit code 2, and writes nothing', async (...options) => {
  const { code, stdout, stderr } = await dinokit('depth', CAT, ...METERS, ...options)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(/^error: .*(--out|--overlay|--format|one file)/)
  expect((await readdir(folder)).filter((name) => name.startsWith('x.'))).toEqual([])
})
