import { tensor, type Tensor } from '@dinokit/core'
import { ownGoldens, type Golden } from '@dinokit/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { discoverObjects } from './discover-objects.ts'
import { outlierPatches, patchFacet } from './outlier-patches.ts'

const code = (expected: string): unknown => expect.objectContaining({ code: expected })
let golden: Golden
let features: Tensor
let ignored: Tensor<'bool'>
beforeAll(async () => {
  golden = await ownGoldens.tensors('analysis/objects.safetensors')
  features = tensor('float32', golden.features!.data as Float32Array, golden.features!.shape)
  ignored = tensor('bool', golden.ignored!.data as Uint8Array, golden.ignored!.shape)
})

describe('discoverObjects', () => {
  test('cuts as scipy’s eigenvectors do, one object after the other', () => {
    const objects = discoverObjects(features, { ignored, most: 2 })
    const expected = golden.cut!.data as Uint8Array
    expect([...objects[0]!.mask.data, ...objects[1]!.mask.data]).toEqual([...expected])
    const values = golden.values!.data as Float32Array
    objects.forEach(({ score }, i) => expect(score).toBeCloseTo(1 - values[i]!, 6))
    const inside = [...expected.subarray(0, 14 * 18).keys()].filter((patch) => expected[patch])
    const { left, top, width, height } = objects[0]!.box
    expect([left, left + width - 1]).toEqual([Math.min(...inside.map((p) => p % 18)), Math.max(...inside.map((p) => p % 18))])
    expect([top, top + height - 1]).toEqual([Math.floor(inside[0]! / 18), Math.floor(inside.at(-1) / 18)])
  })

  test('leaves out a further object that is less certain than asked for, beside the first', () => {
    const values = golden.values!.data as Float32Array
    const ratio = (1 - values[1]!) / (1 - values[0]!)
    expect(discoverObjects(features, { ignored, most: 2, certainty: ratio - 1e-4 })).toHaveLength(2)
    expect(discoverObjects(features, { ignored, most: 2, certainty: ratio + 1e-4 })).toHaveLength(1)
    // The first one is there, however uncertain.
    expect(discoverObjects(features, { ignored, certainty: 2 })).toHaveLength(1)
  })

  test('grows an object by LOST as numpy does', () => {
    const [object] = discoverObjects(features, { ignored, method: 'lost' })
    expect([...object!.mask.data]).toEqual([...(golden.lost!.data as Uint8Array)])
  })

  test('finds nothing where all patches are one, nor objects smaller than asked for', () => {
    const noise = Float32Array.from({ length: 20 * 8 }, (_, i) => 1 + 0.1 * Math.sin(i * 12.9898))
    for (const method of ['token-cut', 'lost'] as const) {
      expect(discoverObjects(tensor('float32', noise, [4, 5, 8]), { method })).toEqual([])
      expect(discoverObjects(tensor('float32', new Float32Array(160).fill(2), [4, 5, 8]), { method })).toEqual([])
      expect(discoverObjects(tensor('float32', Float32Array.of(1, 2), [1, 1, 2]), { method })).toEqual([])
    }
    expect(discoverObjects(features, { ignored, smallest: 0.9 })).toEqual([])
  })

  test('rejects NaN, what is no grid, and ignored patches of another', () => {
    const holed = tensor('float32', features.data.slice().fill(NaN, 5, 6), features.shape)
    expect(() => discoverObjects(holed)).toThrow(code('tensor-invalid'))
    expect(() => discoverObjects(tensor('float32', features.data, [252, 12]))).toThrow(code('tensor-invalid'))
    expect(() => discoverObjects(features, { ignored: tensor('bool', new Uint8Array(4), [2, 2]) })).toThrow(code('tensor-invalid'))
  })
})

test('finds patches with tokens far longer than the others', () => {
  expect([...outlierPatches(features).data]).toEqual([...ignored.data])
})

test('takes the keys of patches, behind CLS and registers, and says what is missing', () => {
  const patches = tensor('float32', new Float32Array(4), [2, 1, 2])
  const key = tensor('float32', Float32Array.of(0, 0, 1, 2, 3, 4), [3, 2])
  const tokens = { patches, facets: { 1: { query: key, key, value: key } } }
  expect(patchFacet(tokens, 1)).toEqual(tensor('float32', Float32Array.of(1, 2, 3, 4), [2, 1, 2]))
  expect(() => patchFacet(tokens, 2)).toThrow(code('tensor-missing'))
})
