import { cosineSimilarity } from '@dinokit/analysis'
import { readCalibration, writeCalibration } from '@dinokit/vit'
import { bytesSource, classification, createRuntime, loadBackbone, open, tensor, type Tensor, type Tokens } from 'dinokit'
import { TINY_ASSETS } from '@dinokit/model-tiny'
import { TINY_CALIBRATION } from '@dinokit/model-tiny/calibration'
import { describe, expect, test } from 'vitest'

/** Images that the calibration did not see. */
const IMAGES = ['chelsea', 'coffee'].map((name) => new URL(`../../../examples/first-look/images/${name}.jpg`, import.meta.url))

const patchesOf = ({ patches }: Tokens): Tensor[] => {
  const [rows, columns, dim] = patches.shape as [number, number, number]
  return Array.from({ length: rows * columns }, (_, i) => tensor('float32', patches.data.subarray(i * dim, (i + 1) * dim), [dim]))
}
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

describe('in another precision, the embedded model', () => {
  test('gives int8 tokens within cosine .999 for an image, .998 for patches in the mean and .97 for each, and says its precision', async () => {
    await using exact = await open()
    await using small = await open({ precision: 'int8' })
    expect(small.engine).toMatchObject({ precision: 'int8', device: 'document' in globalThis ? 'wasm' : 'cpu' })
    const [vectors, patches]: [number[], number[]] = [[], []]
    for (const image of IMAGES) {
      const [expected, given] = [await exact.embed(image), await small.embed(image)]
      expect(given.fingerprint.precision).toBe('int8')
      vectors.push(cosineSimilarity(expected.cls, given.cls))
      const others = patchesOf(given)
      patches.push(...patchesOf(expected).map((patch, index) => cosineSimilarity(patch, others[index]!)))
    }
    expect(mean(vectors)).toBeGreaterThanOrEqual(0.999)
    expect(mean(patches)).toBeGreaterThanOrEqual(0.998)
    expect(Math.min(...patches)).toBeGreaterThanOrEqual(0.97)
    // What does not differ at all was not computed in 8 bits.
    expect(mean(patches)).toBeLessThan(0.99999)
  })

  test('is nearly float32 in float16, where LayerNorm and sums are in 32 bits', async () => {
    await using exact = await open()
    await using half = await open({ precision: 'float16' })
    const [expected, given] = [await exact.embed(IMAGES[0]!), await half.embed(IMAGES[0]!)]
    expect(given.fingerprint.precision).toBe('float16')
    expect(cosineSimilarity(expected.cls, given.cls)).toBeGreaterThanOrEqual(0.9999)
    const others = patchesOf(given)
    expect(Math.min(...patchesOf(expected).map((patch, index) => cosineSimilarity(patch, others[index]!)))).toBeGreaterThanOrEqual(0.999)
  })

  test.each([
    ['int8-weights', 0.999],
    ['int4-weights', 0.92],
  ] as const)(
    'keeps its weights in fewer bits as %s, within cosine %d for an image and for patches in the mean',
    async (precision, least) => {
      await using exact = await open()
      await using small = await open({ precision })
      const [expected, given] = [await exact.embed(IMAGES[0]!), await small.embed(IMAGES[0]!)]
      expect([small.engine.precision, given.fingerprint.precision]).toEqual([precision, precision])
      const others = patchesOf(given)
      const patches = mean(patchesOf(expected).map((patch, index) => cosineSimilarity(patch, others[index]!)))
      for (const cosine of [cosineSimilarity(expected.cls, given.cls), patches]) {
        expect(cosine).toBeGreaterThanOrEqual(least)
        expect(cosine).toBeLessThan(0.99999)
      }
    },
  )

  test('has its heads read tokens of float32 in int8 only where that is allowed, and says so', async () => {
    await using exact = await open()
    const tokens = await exact.embed(IMAGES[0]!)
    const heads = { classify: classification() }
    const notes: string[] = []
    const options = { precision: 'int8', heads, onNote: (note: string) => notes.push(note) } as const
    await using strict = await open(options)
    await expect(strict.heads.classify(tokens)).rejects.toMatchObject({
      code: 'fingerprint-mismatch',
      message: expect.stringContaining('--allow-precision'),
    })
    expect(notes).toEqual([])
    await using eight = await open({ ...options, allowPrecision: true })
    expect((await eight.heads.classify(tokens)).classes[0]!.name).toMatch(/cat/i)
    expect(notes).toEqual([expect.stringContaining('The tokens were computed in float32, the others in int8.')])
  })

  test('is refused in int8 on a device that does not compute in it', async () => {
    await expect(open({ precision: 'int8', device: 'webgpu' })).rejects.toMatchObject({
      code: 'device-unavailable',
      message: expect.stringContaining('does not compute in int8'),
    })
  })
})

test('keeps a calibration in a file, and refuses one of another model, or a file that is not one', async () => {
  const runtime = createRuntime()
  const source = await runtime.readAsset({ kind: 'file', path: TINY_CALIBRATION.href })
  const calibration = await readCalibration(source)
  const again = await readCalibration(bytesSource('again', writeCalibration(calibration)))
  expect(again).toEqual(calibration)
  const backbone = await loadBackbone(runtime, 'tiny')
  expect(calibration.weights).toBe(backbone.digest)
  await backbone.close()
  await expect(open({ model: { ...backbone.card, id: 'other' }, precision: 'int8' })).rejects.toMatchObject({ code: 'model-unsupported' })
  await expect(open({ precision: 'int8', calibration: TINY_ASSETS.classifier.href })).rejects.toMatchObject({
    code: 'checkpoint-invalid',
    message: expect.stringContaining('no calibration'),
  })
})
