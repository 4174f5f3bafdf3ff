import { decodeImage } from '@dinokit/runtime-node'
import { hasShared, ownAddress, sharedPath } from '@dinokit/testing'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readDepthMap, readLabelMap } from './read-annotation.ts'

let folder: string
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'dinokit-annotation-test-'))))
afterAll(() => rm(folder, { recursive: true }))

/** Colors of a PNG’s palette, three bytes each. */
function paletteOf(png: Buffer): Buffer {
  const at = png.indexOf('PLTE')
  return png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4))
}

describe.skipIf(!hasShared)('the reader of label maps with a palette (PngSuite)', () => {
  const pathOf = (name: string): string => sharedPath(`data/odd/pngsuite/${name}.png`)

  test.each(['basn3p01', 'basn3p02', 'basn3p04', 'basn3p08', 'basi3p08', 'ch1n3p04', 's05n3p02', 's33n3p04', 'tp1n3p08'])(
    'reads %s so that the colors of its indices are those that libvips decodes',
    async (name) => {
      const { data, size } = await readLabelMap(pathOf(name))
      const palette = paletteOf(await readFile(pathOf(name)))
      const { data: colors, info } = await sharp(pathOf(name)).removeAlpha().raw().toBuffer({ resolveWithObject: true })
      expect(size).toEqual([info.height, info.width])
      expect([...data].flatMap((index) => [...palette.subarray(3 * index, 3 * index + 3)])).toEqual([...colors])
      await expect(readDepthMap(pathOf(name), 0.001)).rejects.toMatchObject({ code: 'label-invalid' })
    },
  )

  test('rejects by path several interlaced pixels in a byte, a file that ends too early and one whose bytes changed', async () => {
    await expect(readLabelMap(pathOf('basi3p02'))).rejects.toMatchObject({ code: 'label-invalid', message: /basi3p02.*interlaced/ })
    const whole = await readFile(pathOf('basn3p08'))
    const changed = Buffer.from(whole)
    changed[whole.indexOf('IDAT') + 40]! ^= 0xff
    for (const [name, bytes] of [
      ['short', whole.subarray(0, whole.indexOf('IDAT') + 60)],
      ['changed', changed],
    ] as const) {
      const path = join(folder, `${name}.png`)
      await writeFile(path, bytes)
      await expect(readLabelMap(path), name).rejects.toMatchObject({ code: 'label-invalid', details: { given: path } })
    }
  })
})

test('takes samples as numbers, whatever a color profile says of how they look', async () => {
  const file = fileURLToPath(ownAddress('decode/gray-profile.png'))
  const { data: colors } = await decodeImage(file)
  const { data } = await readLabelMap(file)
  expect([...data]).toEqual([...colors.filter((_, i) => i % 3 === 0)])
})
