import { ownGoldens } from '@dinokit/testing'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runDinokit } from './testing/run-dinokit.ts'

const METRIC = fileURLToPath(ownGoldens.address('depth-anything/da3'))
const PHOTO = fileURLToPath(ownGoldens.address('decode/gray.jpg'))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  await sharp(PHOTO)
    .withExif({ IFD2: { FocalLengthIn35mmFilm: '26' } })
    .toFile(join(folder, 'said.jpg'))
  await sharp(PHOTO).toFile(join(folder, 'unsaid.jpg'))
})
afterAll(() => rm(folder, { recursive: true }))

interface Told {
  readonly unit: string
  readonly median: number
}

async function depthsOf(...args: string[]): Promise<Told[]> {
  const given = ['depth', ...args, '--model', METRIC, '--card', 'heads=2', '--json']
  return (await runDinokit(given, { cwd: folder })).lines<Told>().map(({ output }) => output!)
}

test('gives meters by the focal length that an image says in its EXIF, and relative depth where it says none', async () => {
  const { width, height } = await sharp(PHOTO).metadata()
  const pixels = (26 * Math.hypot(width, height)) / Math.hypot(36, 24)
  const [said, unsaid] = await depthsOf('said.jpg', 'unsaid.jpg', '--focal', 'exif')
  const [given] = await depthsOf('said.jpg', '--focal', String(pixels))
  expect(said!.unit).toBe('m')
  expect(said!.median).toBeCloseTo(given!.median, 6)
  expect(unsaid!.unit).toBe('relative')
  expect((await depthsOf('said.jpg'))[0]!.unit).toBe('relative')
})

test.each(['0', '-3', 'EXIF', 'wide'])('rejects a focal length of %s as wrong usage', async (focal) => {
  expect(await runDinokit(['depth', 'said.jpg', '--focal', focal], { cwd: folder })).toMatchObject({ code: 2 })
})
