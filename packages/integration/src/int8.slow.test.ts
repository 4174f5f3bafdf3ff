import { hasShared, listShared, sharedAddress, sharedPath } from '@dinokit/testing'
import { saturates } from '@dinokit/onnx'
import { calibrateInt8, inPrecision, type Calibration, type VitBackbone } from '@dinokit/vit'
import { createRuntime, createVision, loadBackbone } from 'dinokit'
import { expect, test } from 'vitest'
import { cosines, mean } from './testing/cosines.ts'
import { readTinyCalibration } from './testing/int8-parts.ts'

type Runtime = ReturnType<typeof createRuntime>

/** Folders of images that no calibration here saw, with the number that is taken of each, evenly spread. */
const LOOKED_AT = { 'data/cls/imagenette/test': 24, 'data/seg/coco/images': 12, 'data/nyuv2/images': 14, 'data/cls/clothing': 14 }
const SMALL = 'models/small14-saliency'

/** Images of a folder of ../shared and of those in it. */
function imagesIn(folder: string): string[] {
  return listShared(folder).flatMap((name) => {
    if (/\.(jpe?g|png)$/i.test(name)) return [`${folder}/${name}`]
    return name.includes('.') ? [] : imagesIn(`${folder}/${name}`)
  })
}

function evenly(folder: string, count: number): URL[] {
  const names = imagesIn(folder)
  return Array.from({ length: count }, (_, i) => sharedAddress(names[Math.floor(((i + 0.5) * names.length) / count)]!))
}

/** Calibrates a model by 16 photos, as `dinokit calibrate` does. */
async function byPhotos(runtime: Runtime, backbone: VitBackbone): Promise<Calibration> {
  const { preprocessing, architecture } = backbone.card
  const photos = evenly('data/train', 16).map((photo) => runtime.preprocessImage!(photo, { preprocessing, patch: architecture.patch }))
  return calibrateInt8(
    runtime,
    backbone,
    (await Promise.all(photos)).map(({ pixels }) => pixels),
  )
}

// In a page that is the kernels’ work, in Node the engine’s.
test.skipIf(!hasShared).for([
  ['tiny', 'its own calibration', readTinyCalibration],
  [sharedPath(SMALL), 'one of 16 photos', byPhotos],
] as const)(
  '%s in 8 bits with %s gives tokens within cosine .999 for images, .998 for patches and .97 for each patch, on 64 images',
  { timeout: 1_200_000 },
  async ([model, , calibrate], { annotate }) => {
    const runtime = createRuntime({ device: 'document' in globalThis ? 'wasm' : 'cpu' })
    const backbone = (await loadBackbone(runtime, model)) as VitBackbone
    const calibration = await calibrate(runtime, backbone)
    await using exact = await createVision(runtime, backbone)
    await using eight = await createVision(
      runtime,
      inPrecision(backbone, { precision: 'int8', calibration, unsigned: await saturates(runtime) }),
    )
    const { name, precision } = eight.engine
    expect([name, precision]).toEqual([expect.stringMatching('document' in globalThis ? /^dinokit kernels/ : /^onnxruntime/), 'int8'])
    const [vectors, patches]: [number[], number[]] = [[], []]
    for (const [folder, count] of Object.entries(LOOKED_AT)) {
      for (const image of evenly(folder, count)) {
        const [expected, given] = [await exact.embed(image), await eight.embed(image)]
        vectors.push(...cosines(expected.cls, given.cls))
        patches.push(...cosines(expected.patches, given.patches))
      }
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
