import { cosineSimilarity } from '@dinokit/analysis'
import type { Tokens } from '@dinokit/core'
import { hasShared, listShared, sharedAddress, sharedPath } from '@dinokit/testing'
import { calibrateInt8, writeCalibration, type VitBackbone } from '@dinokit/vit'
import { createRuntime, loadBackbone, open, tensor } from 'dinokit/browser'
import { expect, test } from 'vitest'

/** Folders of images that no calibration here saw, with the number that is taken of each, evenly spread: those of int8.slow.node.test.ts. */
const LOOKED_AT = { 'data/cls/imagenette/test': 24, 'data/seg/coco/images': 12, 'data/nyuv2/images': 14, 'data/cls/clothing': 14 }
const SMALL = 'models/small14-saliency'
const engine = { device: 'wasm', threads: 2 } as const

/** Images of a folder of ../shared and of those in it. */
function imagesIn(folder: string): string[] {
  return listShared(folder).flatMap((name) => {
    const path = `${folder}/${name}`
    return /\.(jpe?g|png)$/i.test(name) ? [path] : name.includes('.') ? [] : imagesIn(path)
  })
}

const evenly = (names: readonly string[], count: number): URL[] =>
  Array.from({ length: count }, (_, i) => sharedAddress(names[Math.floor(((i + 0.5) * names.length) / count)]!))

/** Cosines of the patches of an image. */
function patchCosines(expected: Tokens, given: Tokens): number[] {
  const [rows, columns, dim] = expected.patches.shape as [number, number, number]
  const patch = ({ patches }: Tokens, i: number): ReturnType<typeof tensor<'float32'>> =>
    tensor('float32', patches.data.subarray(i * dim, (i + 1) * dim), [dim])
  return Array.from({ length: rows * columns }, (_, i) => cosineSimilarity(patch(expected, i), patch(given, i)))
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Calibrates a model by 16 photos, as `dinokit calibrate` does; its address. */
async function calibrate(model: string): Promise<string> {
  await using runtime = createRuntime()
  const backbone = (await loadBackbone(runtime, model)) as VitBackbone
  const { preprocessing, architecture } = backbone.card
  const photos = await Promise.all(
    evenly(imagesIn('data/train'), 16).map((photo) => runtime.preprocessImage!(photo, { preprocessing, patch: architecture.patch })),
  )
  const calibration = await calibrateInt8(
    runtime,
    backbone,
    photos.map(({ pixels }) => pixels),
  )
  await backbone.close()
  return URL.createObjectURL(new Blob([writeCalibration(calibration) as Uint8Array<ArrayBuffer>]))
}

test.skipIf(!hasShared).for([
  ['tiny', 'its own calibration', undefined],
  [sharedPath(SMALL), 'one of 16 photos', calibrate],
] as const)(
  'the kernels give %s with %s tokens within cosine .999 for images, .998 for patches and .97 for each patch, on 64 images',
  { timeout: 1_200_000 },
  async ([model, , make], { annotate }) => {
    const calibration = await make?.(model)
    await using exact = await open({ model, engine })
    await using eight = await open({ model, engine, precision: 'int8', ...(calibration !== undefined && { calibration }) })
    expect([exact.engine.name, eight.engine.name]).toEqual(Array(2).fill(expect.stringMatching(/^dinokit kernels/)))
    const [vectors, patches]: [number[], number[]] = [[], []]
    for (const [folder, count] of Object.entries(LOOKED_AT))
      for (const image of evenly(imagesIn(folder), count)) {
        const [expected, given] = [await exact.embed(image), await eight.embed(image)]
        vectors.push(cosineSimilarity(expected.cls, given.cls))
        patches.push(...patchCosines(expected, given))
      }
    expect(vectors).toHaveLength(64)
    await annotate(`images ${mean(vectors)}, worst ${Math.min(...vectors)}; patches ${mean(patches)}, worst ${Math.min(...patches)}`)
    expect(mean(vectors)).toBeGreaterThanOrEqual(0.999)
    expect(mean(patches)).toBeGreaterThanOrEqual(0.998)
    expect(Math.min(...patches)).toBeGreaterThanOrEqual(0.97)
    // What does not differ at all was not computed in 8 bits.
    expect(mean(patches)).toBeLessThan(0.99999)
  },
)
