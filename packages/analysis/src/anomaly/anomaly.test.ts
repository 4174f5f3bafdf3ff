import { sampleFingerprint } from '@dinokit/conformance'
import { bytesSource, findModelCard, tensor, type Tensor } from '@dinokit/core'
import { writeSafetensors } from '@dinokit/checkpoint'
import { createRuntime } from '#runtime'
import { largestDifference, ownGoldens, type Golden } from '@dinokit/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { assertAnomalyBank, readAnomalyBank, writeAnomalyBank, type AnomalyBank } from './anomaly-bank.ts'
import { anomalyMap } from './anomaly-map.ts'
import { anomalyMask } from './anomaly-mask.ts'
import { anomalyRegions } from './anomaly-regions.ts'
import { anomalyThreshold } from './anomaly-threshold.ts'
import { createPatchSearch } from './patch-search.ts'
import { rotatePixels } from './rotate-pixels.ts'
import { scorePatches } from './score-patches.ts'
import { selectCoreset } from './select-coreset.ts'

const code = (expected: string): unknown => expect.objectContaining({ code: expected })
const vectors = (count: number, dim: number, value: (at: number) => number): Tensor =>
  tensor(
    'float32',
    Float32Array.from({ length: count * dim }, (_, at) => value(at)),
    [count, dim],
  )

let golden: Golden
const read = (name: string): Tensor => tensor('float32', golden[name]!.data as Float32Array, golden[name]!.shape)
const bits = (name: string): Tensor<'bool'> => tensor('bool', Uint8Array.from(golden[name]!.data, Number), golden[name]!.shape)
beforeAll(async () => void (golden = await ownGoldens.tensors('analysis/anomaly.safetensors')))

test('scores and maps patches as anomalib does, in the engine', async () => {
  const mask = bits('mask')
  await using search = await createPatchSearch(createRuntime(), read('bank'))
  const { score, distances } = await scorePatches(search, read('features'), { mask })
  expect(Math.abs(score - read('score').data[0]!)).toBeLessThan(1e-5)
  expect(distances.data.filter((value, patch) => !mask.data[patch] && value !== 0)).toEqual(new Float32Array())
  const map = anomalyMap(distances, { width: 36, height: 28 })
  expect(map.shape).toEqual([28, 36])
  expect(largestDifference(map.data, golden.map!.data as Float32Array)).toBeLessThan(1e-5)
})

test('finds the nearest vector over all pieces of a large bank, and leaves a part out', async () => {
  const count = 16_400
  const bank = vectors(count, 2, (at) => (at % 2 === 0 ? Math.cos(at / count) : Math.sin((at - 1) / count)))
  const parts = [10, 16_385, 5]
  await using search = await createPatchSearch(createRuntime(), bank, parts)
  const places = [3, 9, 10, 16_393, 16_394, 16_399]
  const asked = vectors(places.length, 2, (at) => bank.data[places[at >> 1]! * 2 + (at % 2)]! * 3)
  expect(await nearestCosines(bank, asked, await search.nearest(asked))).toBeLessThan(1e-6)
  const without = await search.nearest(asked, { without: 1 })
  expect([...without.indices].every((place) => place < 10 || place >= 16_395)).toBe(true)
  await expect(search.nearest(vectors(1, 3, () => 1))).rejects.toThrow(code('tensor-invalid'))
  await expect(search.nearest(vectors(1, 2, () => NaN))).rejects.toThrow(code('tensor-invalid'))
  await expect(
    createPatchSearch(
      createRuntime(),
      vectors(0, 2, () => 1),
    ),
  ).rejects.toThrow(code('tensor-invalid'))
  await expect(createPatchSearch(createRuntime(), bank, [3])).rejects.toThrow(code('tensor-invalid'))
})

/** Largest difference of similarities from those of the vectors that were named, and of any vector. */
async function nearestCosines(
  bank: Tensor,
  asked: Tensor,
  { similarities, indices }: { readonly similarities: Float32Array; readonly indices: Int32Array },
): Promise<number> {
  const cosine = (place: number, patch: number): number =>
    (bank.data[2 * place]! * asked.data[2 * patch]! + bank.data[2 * place + 1]! * asked.data[2 * patch + 1]!) / 3
  return Math.max(
    ...similarities.map((similarity, patch) => {
      let largest = -1
      for (let place = 0; place < bank.shape[0]!; place++) largest = Math.max(largest, cosine(place, patch))
      return Math.abs(similarity - largest) + Math.abs(similarity - cosine(indices[patch]!, patch))
    }),
  )
}

test('finds the foreground as numpy does by the whole SVD', () => {
  for (const name of ['along', 'against']) {
    const mask = anomalyMask(read(`${name}_features`), { threshold: 7 })
    expect([...mask.data]).toEqual([...golden[`${name}_mask`]!.data])
    expect(mask.data.reduce((a, b) => a + b, 0)).toBeGreaterThan(20)
  }
  expect(anomalyMask(tensor('float32', new Float32Array(12), [2, 2, 3])).data.includes(1)).toBe(false)
})

test('selects numpy’s coreset, and all of a small set', async () => {
  expect(await selectCoreset(read('vectors'), 25)).toEqual([...golden.chosen!.data].map(Number))
  expect(
    await selectCoreset(
      vectors(2, 2, (at) => at),
      9,
    ),
  ).toEqual([0, 1])
  await expect(selectCoreset(read('vectors'), 0)).rejects.toThrow(code('invalid-option'))
})

test.each([45, 90, 315])('rotates pixels by %i degrees as numpy does', (degrees) => {
  const [height, width] = golden.image!.shape as [number, number]
  const { data } = rotatePixels({ data: golden.image!.data as Uint8Array, width, height }, degrees)
  expect([...data]).toEqual([...golden[`rotated_${degrees}`]!.data])
})

test('finds regions of patches over a threshold, the farthest first', () => {
  const distances = tensor('float32', Float32Array.of(0.3, 0, 0, 0.5, 0.2, 0, 0, 0, 0, 0.9, 0, 0), [3, 4])
  const regions = anomalyRegions(distances, 0.1).map(({ mask, score }) => [
    [...mask.data.keys()].filter((patch) => mask.data[patch]),
    score,
  ])
  expect(regions).toEqual([
    [[9], Math.fround(0.9)],
    [[3], 0.5],
    [[0, 4], Math.fround(0.3)],
  ])
  expect(anomalyRegions(distances, 1)).toEqual([])
})

describe('anomalyThreshold', () => {
  test('takes the score that the stated share of good images is above', () => {
    const scores = Array.from({ length: 39 }, (_, i) => 39 - i)
    expect(anomalyThreshold(scores, 0.05)).toEqual({ threshold: 38, falseAlarms: 0.05, images: 39 })
    expect(anomalyThreshold([3, 1, 2], 0.05)).toEqual({ threshold: 3, falseAlarms: 0.25, images: 3 })
  })

  test('rejects no scores, and shares outside 0 to 1', () => {
    expect(() => anomalyThreshold([], 0.1)).toThrow(code('tensor-invalid'))
    expect(() => anomalyThreshold([NaN], 0.1)).toThrow(code('tensor-invalid'))
    for (const share of [0, 1, NaN]) expect(() => anomalyThreshold([1], share)).toThrow(code('invalid-option'))
  })
})

describe('a bank’s file', () => {
  const fingerprint = sampleFingerprint(findModelCard('tiny'))
  const info = { fingerprint, layer: 12, size: 224, images: 2, grid: [16, 16] } as const
  const patches = vectors(3, 2, (at) => at)
  const reread = (bytes: Uint8Array): Promise<AnomalyBank> => readAnomalyBank(bytesSource('bank.safetensors', bytes))

  test('keeps the bank and what it is of', async () => {
    const bank = { info: { ...info, threshold: anomalyThreshold([1, 2], 0.5) }, patches }
    expect(await reread(writeAnomalyBank(bank))).toEqual(bank)
  })

  test('rejects other files, empty banks, and banks with NaN', async () => {
    const about = { 'dinokit.anomaly-bank': JSON.stringify({ version: 1, ...info }) }
    const none = writeAnomalyBank({ info, patches: vectors(0, 2, () => 0) })
    const broken = writeAnomalyBank({ info, patches: vectors(1, 2, () => NaN) })
    for (const bytes of [none, broken, writeSafetensors({}, about)]) await expect(reread(bytes)).rejects.toThrow(code('tensor-invalid'))
    for (const text of ['{', '[]', '{"version":1}']) {
      const bytes = writeSafetensors({ patches }, { 'dinokit.anomaly-bank': text })
      await expect(reread(bytes)).rejects.toThrow(code('checkpoint-invalid'))
    }
    await expect(reread(writeSafetensors({ patches }))).rejects.toThrow(code('checkpoint-invalid'))
    const newer = writeSafetensors({ patches }, { 'dinokit.anomaly-bank': '{"version":2}' })
    await expect(reread(newer)).rejects.toThrow(code('contract-mismatch'))
  })

  test('is refused for tokens of another model, and of another size', () => {
    expect(assertAnomalyBank('bank.safetensors', info, fingerprint)).toEqual([])
    for (const other of [{ weights: 'f00' }, { preprocessing: 'other' }, { precision: 'int8' }])
      expect(() => assertAnomalyBank('bank.safetensors', info, { ...fingerprint, ...other })).toThrow(code('fingerprint-mismatch'))
  })
})
