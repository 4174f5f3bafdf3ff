import { cosineSimilarity } from '@dinokit/analysis'
import { tensor, type Pixels, type Tokens } from '@dinokit/core'
import { createNodeRuntime } from '@dinokit/runtime-node'
import { hasShared, sharedPath } from '@dinokit/testing'
import { calibrateInt8, writeCalibration, type VitBackbone } from '@dinokit/vit'
import { loadBackbone, open } from 'dinokit'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** Folders of images that no calibration here saw, with the number that is taken of each, evenly spread. */
const LOOKED_AT = { 'data/cls/imagenette/test': 24, 'data/seg/coco/images': 12, 'data/nyuv2/images': 14, 'data/cls/clothing': 14 }
const SMALL = 'models/small14-saliency'

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(sharedPath(folder), { recursive: true })).filter((name) => /\.(jpe?g|png)$/i.test(name)).sort()
}

const evenly = (names: readonly string[], count: number): string[] =>
  Array.from({ length: count }, (_, i) => names[Math.floor(((i + 0.5) * names.length) / count)]!)

async function images(): Promise<string[]> {
  const found: string[] = []
  for (const [folder, count] of Object.entries(LOOKED_AT)) {
    for (const name of evenly(await namesIn(folder), count)) found.push(join(sharedPath(folder), name))
  }
  return found
}

/** Cosines of the patches of an image. */
function patchCosines(expected: Tokens, given: Tokens): number[] {
  const [rows, columns, dim] = expected.patches.shape as [number, number, number]
  const patch = ({ patches }: Tokens, i: number): ReturnType<typeof tensor<'float32'>> =>
    tensor('float32', patches.data.subarray(i * dim, (i + 1) * dim), [dim])
  return Array.from({ length: rows * columns }, (_, i) => cosineSimilarity(patch(expected, i), patch(given, i)))
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

describe.runIf(hasShared)('in 8 bits, on 64 images that the calibration did not see', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  /** Calibrates a model by 16 photos, as `dinokit calibrate` does. */
  async function calibrate(model: string): Promise<string> {
    await using runtime = createNodeRuntime({ device: 'cpu' })
    const backbone = (await loadBackbone(runtime, model)) as VitBackbone
    const { preprocessing, architecture } = backbone.card
    const prepare = async (photo: string): Promise<Pixels> =>
      (await runtime.preprocessImage!(photo, { preprocessing, patch: architecture.patch })).pixels
    const photos = evenly(await namesIn('data/train'), 16).map((name) => join(sharedPath('data/train'), name))
    const path = join(folder, 'int8.safetensors')
    await writeFile(path, writeCalibration(await calibrateInt8(runtime, backbone, await Promise.all(photos.map(prepare)))))
    await backbone.close()
    return path
  }

  test.for([
    ['tiny', 'its own calibration', undefined],
    [sharedPath(SMALL), 'one of 16 photos', calibrate],
  ] as const)(
    '%s with %s gives tokens within cosine .999 for images, .998 for patches and .97 for each patch',
    { timeout: 600_000 },
    async ([model, , make], { annotate }) => {
      const calibration = await make?.(model)
      await using exact = await open({ model })
      await using eight = await open({ model, precision: 'int8', ...(calibration !== undefined && { calibration }) })
      const [vectors, patches]: [number[], number[]] = [[], []]
      for (const image of await images()) {
        const [expected, given] = [await exact.embed(image), await eight.embed(image)]
        vectors.push(cosineSimilarity(expected.cls, given.cls))
        patches.push(...patchCosines(expected, given))
      }
      expect(vectors).toHaveLength(64)
      // Shown by --reporter verbose.
      await annotate(`images ${mean(vectors)}, worst ${Math.min(...vectors)}; patches ${mean(patches)}, worst ${Math.min(...patches)}`)
      expect(mean(vectors)).toBeGreaterThanOrEqual(0.999)
      expect(mean(patches)).toBeGreaterThanOrEqual(0.998)
      expect(Math.min(...patches)).toBeGreaterThanOrEqual(0.97)
      // What does not differ at all was not computed in 8 bits.
      expect(mean(patches)).toBeLessThan(0.99999)
    },
  )
})
