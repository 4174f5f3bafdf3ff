import { parseGolden } from '@dinokit/testing'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runDinokit, type CommandRun } from './testing/run-dinokit.ts'

/** 451x300. */
const CAT = fileURLToPath(new URL('../../../examples/first-look/images/chelsea.jpg', import.meta.url))
const COFFEE = fileURLToPath(new URL('../../../examples/first-look/images/coffee.jpg', import.meta.url))
const SIZE = ['--size', '112x84']

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  await cp(CAT, join(folder, 'cat.jpg'))
  await cp(CAT, join(folder, 'same.jpg'))
  const square = await sharp({ create: { width: 200, height: 200, channels: 3, background: 'white' } })
    .png()
    .toBuffer()
  const black = sharp({ create: { width: 451, height: 300, channels: 3, background: 'black' } })
  await writeFile(join(folder, 'black.png'), await black.png().toBuffer())
  const mask = black.composite([{ input: square, left: 130, top: 50 }])
  await writeFile(join(folder, 'mask.png'), await mask.png().toBuffer())
  await writeFile(join(folder, 'small-mask.png'), square)
})
afterAll(() => rm(folder, { recursive: true }))

function dinokit(...args: string[]): Promise<CommandRun> {
  return runDinokit(args, { cwd: folder })
}

describe('dinokit attention', () => {
  test('writes maps of heads, their mean and rollout, as an image and as numbers', async () => {
    expect(await dinokit('attention', 'cat.jpg', ...SIZE, '--out', 'attention.png')).toMatchObject({ code: 0, stderr: '' })
    // The image, three heads, and below them mean and rollout, each 300 pixels wide.
    expect(await sharp(await readFile(join(folder, 'attention.png'))).metadata()).toMatchObject({ width: 4 * 314 + 14 })
    const options = ['--layer', '11', '--heads', '1,3', '--query', '200,150', '--out', 'attention.safetensors']
    expect((await dinokit('attention', 'cat.jpg', ...SIZE, ...options)).code).toBe(0)
    const { attention, mean, rollout } = parseGolden(new Uint8Array(await readFile(join(folder, 'attention.safetensors'))))
    expect([attention!.shape, mean!.shape, rollout!.shape]).toEqual([
      [2, 6, 8],
      [6, 8],
      [6, 8],
    ])
    expect((rollout!.data as Float32Array).every((share) => share > 0)).toBe(true)
  })

  test('moves what corners hold for the whole image to a register', async () => {
    const read = async (...options: string[]): Promise<{ corners: number; sum: number }> => {
      const args = ['attention', 'cat.jpg', '--size', '224', '--no-rollout', '--out', 'registers.safetensors', ...options]
      expect((await dinokit(...args)).code).toBe(0)
      const { mean } = parseGolden(new Uint8Array(await readFile(join(folder, 'registers.safetensors'))))
      const shares = [...(mean!.data as Float32Array)]
      return { corners: [0, 15, 240, 255].reduce((sum, patch) => sum + shares[patch]!, 0), sum: shares.reduce((a, b) => a + b, 0) }
    }
    const [before, after] = [await read(), await read('--test-time-registers')]
    expect(after.corners / after.sum).toBeLessThan(before.corners / before.sum / 3)
  })

  test('looks for what goes to a register in no image above the limit of pixels', async () => {
    await cp(COFFEE, join(folder, 'coffee.jpg'))
    const args = ['--size', '224', '--no-rollout', '--test-time-registers', '--format', 'safetensors']
    // 451x300 is below the limit, 600x400 above it.
    const both = await dinokit('attention', 'coffee.jpg', 'cat.jpg', ...args, '--pixel-limit', '140000', '--out', 'limited', '--json')
    expect(both.lines()[0]).toMatchObject({ input: 'coffee.jpg', error: { code: 'image-too-large' } })
    expect((await dinokit('attention', 'cat.jpg', 'same.jpg', ...args, '--out', 'alone')).code).toBe(0)
    const [limited, alone] = await Promise.all(['limited', 'alone'].map((name) => readFile(join(folder, name, 'cat.safetensors'))))
    expect(limited!.equals(alone!)).toBe(true)
  })

  test('ranks heads by a mask, as by the box of the same pixels', async () => {
    const byMask = await dinokit('attention', 'cat.jpg', ...SIZE, '--choose', '--mask', 'mask.png', '--no-rollout', '--json')
    const byBox = await dinokit('attention', 'cat.jpg', ...SIZE, '--choose', '--box', '130,50,200,200', '--no-rollout', '--json')
    const { ranking } = byMask.lines<{ ranking: { averagePrecision: number }[] }>()[0]!.output!
    expect(byBox.stdout).toBe(byMask.stdout)
    expect(ranking).toHaveLength(36)
    expect(ranking[0]!.averagePrecision).toBeGreaterThan(ranking[35]!.averagePrecision)
  })

  test.each([
    [['--choose', '--mask', 'small-mask.png'], 1, 'label-invalid'],
    [['--mask', 'mask.png'], 2, 'for --choose'],
    [['--heads', '0'], 2, 'counted from 1'],
    [['--tile', '518'], 2, '--size and --tile exclude one another'],
    [['--format', 'png'], 2, '--out'],
  ])('rejects %j with exit code %i, and writes nothing', async (options, code, said) => {
    const before = await readdir(folder)
    const run = await dinokit('attention', 'cat.jpg', ...SIZE, ...options)
    expect(run.code).toBe(code)
    expect(run.stderr).toContain(said)
    expect(await readdir(folder)).toEqual(before)
  })
})

describe('dinokit discover', () => {
  test('writes objects of several images as drawings, COCO and masks; an image of one color has none', async () => {
    const run = await dinokit('discover', 'cat.jpg', 'black.png', ...SIZE, '--out', 'objects', '--boxes', 'found.json', '--json')
    expect(run.code).toBe(0)
    const about = run.lines<{ objects: { box: object; area: number }[] }>().map(({ output }) => output!.objects)
    expect(about.map((objects) => objects.length)).toEqual([1, 0])
    expect((await readdir(join(folder, 'objects'))).sort()).toEqual(['black.png', 'cat.png'])
    const coco = JSON.parse(await readFile(join(folder, 'found.json'), 'utf8'))
    expect(coco.images).toMatchObject([
      { id: 1, file_name: 'cat.jpg', width: 451, height: 300 },
      { id: 2, file_name: 'black.png' },
    ])
    const [annotation] = coco.annotations as { segmentation: { counts: number[] }; area: number }[]
    expect(coco.annotations).toHaveLength(1)
    const { counts } = annotation!.segmentation
    expect(counts.reduce((a, b) => a + b, 0)).toBe(451 * 300)
    expect(counts.filter((_, i) => i % 2 === 1).reduce((a, b) => a + b, 0)).toBe(about[0]![0]!.area)
    expect((await dinokit('discover', 'cat.jpg', ...SIZE, '--out', 'cat.labels.png', '--boxes', 'found.csv')).code).toBe(0)
    const labels = await sharp(await readFile(join(folder, 'cat.labels.png')))
      .toColourspace('b-w')
      .raw()
      .toBuffer()
    expect(labels.reduce((a, b) => a + b, 0)).toBe(annotation!.area)
    expect((await readFile(join(folder, 'found.csv'), 'utf8')).split('\n')[1]).toMatch(/^cat\.jpg(,\d+){5},0\.\d{4}$/)
  })
})

describe('dinokit follow', () => {
  test('follows masks and points through frames in their order, and writes them as drawings and JSON', async () => {
    const marks = ['--mask', 'mask.png', '--point', '200,150', '--out', 'followed', '--tracks', 'tracks.json']
    const run = await dinokit('follow', 'same.jpg', 'cat.jpg', 'small-mask.png', ...SIZE, ...marks, '--json')
    const [first, second, small] = run.lines<{ masks: { area: number }[]; points: { x: number; y: number }[] }>()
    // The same frame twice: things stay where they are, to within half a patch.
    for (const { output } of [first!, second!]) {
      expect(output!.masks[0]!.area / 40_000).toBeCloseTo(1, 0)
      expect(Math.hypot(output!.points[0]!.x - 200, output!.points[0]!.y - 150)).toBeLessThan(25)
    }
    expect(small!.error?.code).toBe('tensor-invalid')
    expect((await readdir(join(folder, 'followed'))).sort()).toEqual(['cat.png', 'same.png'])
    expect(await sharp(await readFile(join(folder, 'followed', 'cat.png'))).metadata()).toMatchObject({ width: 451, height: 300 })
    const { frames } = JSON.parse(await readFile(join(folder, 'tracks.json'), 'utf8'))
    expect(frames).toMatchObject([
      { frame: 'same.jpg' },
      { frame: 'cat.jpg', masks: [{ box: {} }], points: [{ share: expect.any(Number) }] },
    ])
  })
})

describe('dinokit segment --example', () => {
  test.each(['prototypes', 'groups'])('finds what an example shows by %s in the same image, and not in one of one color', async (by) => {
    const example = ['--example', 'cat.jpg', '--mask', 'mask.png', '--by', by, '--out', `by-${by}`, '--format', 'labels.png']
    const run = await dinokit('segment', 'cat.jpg', 'black.png', ...SIZE, ...example, '--json')
    const [cat, black] = run.lines<{ share: number; file: string }>().map(({ output }) => output!)
    expect(black!.share).toBe(0)
    const labels = await sharp(await readFile(join(folder, cat!.file)))
      .toColourspace('b-w')
      .raw()
      .toBuffer()
    const target = await sharp(join(folder, 'mask.png')).toColourspace('b-w').raw().toBuffer()
    const both = labels.reduce((sum, value, pixel) => sum + Number(value === 1 && target[pixel] === 255), 0)
    const either = labels.reduce((sum, value, pixel) => sum + Number(value === 1 || target[pixel] === 255), 0)
    // Groups of patches follow the cat rather than the square that its mask is.
    expect(both / either).toBeGreaterThan(by === 'groups' ? 0.5 : 0.7)
  })

  test.each([
    [['--example', 'cat.jpg'], 2, 'one --mask each'],
    [['--negative', 'cat.jpg'], 2, 'one --mask each'],
    [['--example', 'cat.jpg', '--mask', 'mask.png', '--head', 'x'], 2, 'exclude one another'],
  ])('rejects %j', async (options, code, said) => {
    const run = await dinokit('segment', 'cat.jpg', ...options)
    expect([run.code, run.stderr]).toEqual([code, expect.stringContaining(said)])
  })
})

describe('dinokit match', () => {
  test('matches an image with itself at the same places, and draws lines', async () => {
    const run = await dinokit('match', 'cat.jpg', 'same.jpg', ...SIZE, '--out', 'match.png', '--json')
    const [{ matches }] = run
      .lines<{ matches: { from: { x: number; y: number }; to: { x: number; y: number } }[] }>()
      .map(({ output }) => output!) as [{ matches: { from: { x: number; y: number }; to: { x: number; y: number } }[] }]
    expect(matches).toHaveLength(48)
    const patch = 451 / 8
    for (const { from, to } of matches) expect(Math.hypot(from.x - to.x, from.y - to.y)).toBeLessThan(patch / 4)
    expect(await sharp(join(folder, 'match.png')).metadata()).toMatchObject({ height: 480, format: 'png' })
    expect((await dinokit('match', 'cat.jpg', ...SIZE)).code).toBe(2)
    expect((await dinokit('match', 'cat.jpg', 'mask.png', ...SIZE, '--out', 'match.jpg')).code).toBe(2)
  })
})

test('draws patches of several images as colors, and the similarity to one patch', async () => {
  const pca = await dinokit('pca', 'cat.jpg', 'mask.png', ...SIZE, '--foreground', '--out', 'pca.png')
  expect([pca.code, pca.stdout]).toEqual([0, '2 images -> pca.png\n'])
  expect(await sharp(join(folder, 'pca.png')).metadata()).toMatchObject({ format: 'png', width: 4 * 314 + 14 })
  expect((await dinokit('pca', 'cat.jpg', '--out', 'pca.jpg')).code).toBe(2)
  const out = ['--out', 'similar.safetensors']
  expect((await dinokit('similar-patches', 'cat.jpg', ...SIZE, '--at', '0,0', ...out)).code).toBe(0)
  const { similarity } = parseGolden(new Uint8Array(await readFile(join(folder, 'similar.safetensors'))))
  expect([similarity!.shape, (similarity!.data as Float32Array)[0]!.toFixed(4)]).toEqual([[6, 8], '1.0000'])
})
