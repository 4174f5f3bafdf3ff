import type { Region } from '@dinokit/core'
import { parseGolden } from '@dinokit/testing'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runDinokit } from './testing/run-dinokit.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  await mkdir(join(folder, 'good'))
  for (let index = 0; index < 3; index++) await stripes(join('good', `${index}.png`), index)
  await stripes('bad.png', 1, Buffer.from('<svg width="120" height="120"><circle cx="80" cy="40" r="14" fill="red"/></svg>'))
  await stripes('new.png', 3)
  await writeFile(join(folder, 'broken.png'), 'no image')
})
afterAll(() => rm(folder, { recursive: true }))

/** Writes an image of stripes, which begin elsewhere each time. */
async function stripes(name: string, shift: number, input?: Buffer): Promise<void> {
  const data = Uint8Array.from({ length: 120 * 120 }, (_, i) => 100 + 60 * Math.sin((i % 120) / 4 + shift) + ((i * 7) % 11))
  const image = sharp(data, { raw: { width: 120, height: 120, channels: 1 } }).toColourspace('srgb')
  await writeFile(join(folder, name), await (input ? image.composite([{ input }]) : image).png().toBuffer())
}

test('learns good images, and finds what is unlike them beside a file that can’t be read', async () => {
  const learn = await runDinokit(['anomaly', 'learn', 'good', '--size', '112x112', '--out', 'bank.safetensors', '--json'], { cwd: folder })
  expect(learn.lines()).toMatchObject([{ output: { images: 3, patches: 3 * 64, falseAlarms: 0.25 } }])
  const outputs = ['--out', 'maps', '--format', 'safetensors', '--table', 'scores.csv', '--boxes', 'found.json', '--sheet', 'sheet.png']
  const score = await runDinokit(
    ['anomaly', 'score', 'bad.png', 'new.png', 'broken.png', '--bank', 'bank.safetensors', ...outputs, '--json'],
    {
      cwd: folder,
    },
  )
  expect(score.code).toBe(1)
  const [bad, fresh, broken] = score.lines<{ score: number; anomalous: boolean; regions: { box: { left: number; top: number } }[] }>()
  expect(broken).toMatchObject({ input: 'broken.png', error: { code: 'image-unsupported' } })
  expect(bad!.output!.anomalous).toBe(true)
  expect(bad!.output!.score).toBeGreaterThan(1.5 * fresh!.output!.score)
  const { left, top } = bad!.output!.regions[0]!.box
  expect([Math.abs(left - 66) < 16, Math.abs(top - 26) < 16]).toEqual([true, true])
  const { map, distances } = parseGolden(new Uint8Array(await readFile(join(folder, 'maps', 'bad.safetensors'))))
  expect([map!.shape, distances!.shape]).toEqual([
    [120, 120],
    [8, 8],
  ])
  expect((await readFile(join(folder, 'scores.csv'), 'utf8')).split('\n').slice(0, 2)).toEqual([
    'image,score,anomalous',
    `bad.png,${bad!.output!.score.toFixed(6)},yes`,
  ])
  expect(JSON.parse(await readFile(join(folder, 'found.json'), 'utf8'))).toMatchObject({
    images: [{ file_name: 'bad.png' }, { width: 120 }],
  })
  expect(await sharp(join(folder, 'sheet.png')).metadata()).toMatchObject({ format: 'png', width: 2 * 254 + 14 })
})

test('learns and scores in tiles, by the bank’s sides, and refuses other tiles by name', async () => {
  const learn = await runDinokit(
    [
      'anomaly',
      'learn',
      'good',
      'broken.png',
      '--tile',
      '56',
      '--overlap',
      '28',
      '--coreset',
      '100',
      '--out',
      'tiles.safetensors',
      '--json',
    ],
    { cwd: folder },
  )
  const [broken, learned] = learn.lines()
  expect(broken).toMatchObject({ input: 'broken.png', error: { code: 'image-unsupported' } })
  expect(learned).toMatchObject({ output: { images: 3, patches: 100, falseAlarms: 0.25 } })
  const outputs = ['--out', 'tiled', '--format', 'safetensors', '--boxes', 'tiled.json']
  const score = await runDinokit(['anomaly', 'score', 'bad.png', 'new.png', '--bank', 'tiles.safetensors', ...outputs, '--json'], {
    cwd: folder,
  })
  const [bad, fresh] = score.lines<{ score: number; anomalous: boolean; regions: { box: Region }[] }>()
  expect(bad!.output!.anomalous).toBe(true)
  expect(bad!.output!.score).toBeGreaterThan(1.5 * fresh!.output!.score)
  // The circle's center lies in it.
  const { left, top, width, height } = bad!.output!.regions[0]!.box
  expect([left < 80, left + width > 80, top < 40, top + height > 40]).toEqual([true, true, true, true])
  const tensors = parseGolden(new Uint8Array(await readFile(join(folder, 'tiled', 'bad.safetensors'))))
  expect(Object.keys(tensors)).toEqual(['distances'])
  // 120 pixels are 9 patches of 14, nearly.
  expect(tensors.distances!.shape).toEqual([9, 9])
  const { annotations } = JSON.parse(await readFile(join(folder, 'tiled.json'), 'utf8')) as {
    annotations: { area: number; segmentation: { counts: number[] } }[]
  }
  for (const { area, segmentation } of annotations) expect(segmentation.counts.reduce((sum, run, i) => sum + (i % 2) * run, 0)).toBe(area)
  for (const [bank, sides] of [
    ['tiles.safetensors', ['--tile', '84', '--overlap', '14']],
    ['tiles.safetensors', ['--tile', '112']],
    ['bank.safetensors', ['--tile', '56']],
  ] as const) {
    const refused = await runDinokit(['anomaly', 'score', 'bad.png', '--bank', bank, ...sides, '--json'], { cwd: folder })
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('(fingerprint-mismatch)')])
  }
})
