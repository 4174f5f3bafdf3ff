import { firstDifference, ownGoldens } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import type { Resampler } from '../../cards/model-card.ts'
import { IMAGENET_PREPROCESSING } from '../../cards/model-registry.ts'
import { crop } from '../crop.ts'
import type { Pixels } from '../pixels.ts'
import { planInput } from '../plan-input.ts'
import { preprocess } from '../preprocess.ts'
import type { ResizeFilter } from '../resize-filter.ts'
import { toRgb } from '../pixels.ts'
import { axisWeights } from './axis-weights.ts'
import { planResize, runResize } from './plan-resize.ts'
import { PLAIN_PASSES, resampleInto } from './resample.ts'

const RESAMPLERS = ['torchvision', 'torchvision-float'] as const

describe.each(RESAMPLERS)('%s has torchvision’s own output', async (resampler) => {
  const arrays = await ownGoldens.tensors(`resample/${resampler}.safetensors`)

  test.each(Object.keys(arrays).filter((key) => !key.endsWith('.rgb')))('holds for %s', (key) => {
    const [, name, width, height, filter] = /^(\w+)\.resize(\d+)x(\d+)\.(\w+)$/.exec(key)!
    const { data, shape } = arrays[`${name}.rgb`]!
    const source: Pixels = { data: toRgb(data as Uint8Array, shape[2]!), width: shape[1]!, height: shape[0]! }
    const size = { width: Number(width), height: Number(height) }
    const made = resized(source, size, filter as ResizeFilter, resampler)
    expect(firstDifference(made.data, toRgb(arrays[key]!.data as Uint8Array, shape[2]!))).toBe(-1)
    expect(made).toMatchObject(size)
  })
})

function resized(source: Pixels, size: Pick<Pixels, 'width' | 'height'>, filter: ResizeFilter, resampler: Resampler): Pixels {
  return runResize(source, planResize(source, size, { filter, resampler }, { left: 0, top: 0, ...size }))
}

function image(width: number, height: number): Pixels {
  return { data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * i * 31 + i) % 251), width, height }
}

test.each(['bicubic', 'bilinear', 'lanczos'] as const)('gives the same bits in plain TypeScript, %s', (filter) => {
  const source = image(211, 150)
  const method = { filter, resampler: 'torchvision' } as const
  const [horizontal, vertical] = [axisWeights(211, 98, method), axisWeights(150, 161, method)]
  const plain = resampleInto(source, horizontal, vertical, { passes: PLAIN_PASSES })
  expect(firstDifference(resized(source, { width: 98, height: 161 }, filter, 'torchvision').data, plain)).toBe(-1)
})

describe.each(RESAMPLERS)('%s: the region that a plan names is enough', (resampler) => {
  const preprocessing = { ...IMAGENET_PREPROCESSING, filter: 'bilinear', resampler } as const

  test.each([
    [501, 333, 224],
    [333, 901, 224],
    [97, 64, 28],
    [2000, 20, 56],
    [300, 200, 'native'],
    [301, 201, { width: 140, height: 28 }],
  ] as const)('holds for %ix%i, %o', (width, height, size) => {
    const [whole, options] = [image(width, height), { size, preprocessing, patch: 14 }]
    const plan = planInput(whole, options)
    const expected = preprocess(whole, options).pixels.data
    expect(firstDifference(preprocess(crop(whole, plan.region), plan).pixels.data, expected)).toBe(-1)
    expect(firstDifference(preprocess(whole, plan).pixels.data, expected)).toBe(-1)
  })
})

test.each(RESAMPLERS)('%s leaves an image of the right size as it is, and cuts its center', (resampler) => {
  const whole = image(256, 256)
  const preprocessing = { ...IMAGENET_PREPROCESSING, filter: 'bilinear', resampler } as const
  const center = crop(whole, { left: 16, top: 16, width: 224, height: 224 })
  expect(firstDifference(preprocess(whole, { preprocessing, patch: 14 }).pixels.data, center.data)).toBe(-1)
})

test('rejects a filter that torchvision does not resize by floats, naming what to set', () => {
  const preprocessing = { ...IMAGENET_PREPROCESSING, resampler: 'torchvision-float' } as const
  expect(() => planInput({ width: 50, height: 40 }, { preprocessing, patch: 14 })).toThrow(
    expect.objectContaining({ code: 'model-unsupported', message: expect.stringContaining('bicubic') as string }),
  )
})

test('counts the bits of weights by the whole axis, where only a window of it is computed', () => {
  const method = { filter: 'bicubic', resampler: 'torchvision' } as const
  const { weights, taps } = axisWeights(500, 224, method, { first: 100, length: 3 })
  const whole = axisWeights(500, 224, method)
  expect([...weights]).toEqual([...whole.weights.subarray(100 * taps, 103 * taps)])
})
