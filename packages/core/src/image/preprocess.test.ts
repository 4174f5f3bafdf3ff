import { firstDifference } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { IMAGENET_PREPROCESSING } from '../cards/model-registry.ts'
import { crop } from './crop.ts'
import type { Pixels } from './pixels.ts'
import { toSource } from './placement.ts'
import { planInput, preprocessingId, type InputSize } from './plan-input.ts'
import { preprocess, stackPixels } from './preprocess.ts'

function image(width: number, height: number): Pixels {
  return { data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 31) % 251), width, height }
}

function prepared(width: number, height: number, size?: InputSize): ReturnType<typeof preprocess> {
  return preprocess(image(width, height), { ...(size !== undefined && { size }), preprocessing: IMAGENET_PREPROCESSING, patch: 14 })
}

describe('preprocess', () => {
  test('resizes the shortest side to 256 and crops the center to 224, with torchvision’s sizes and offsets', () => {
    // round-half-even((385 - 224) / 2) = 80, ((341 - 224) / 2 = 58.5) = 58, ((343 - 224) / 2 = 59.5) = 60
    expect(prepared(333, 501).placement).toEqual({
      source: { width: 333, height: 501 },
      resized: { width: 256, height: 385 },
      left: 16,
      top: 80,
      input: { width: 224, height: 224 },
    })
    expect(prepared(400, 300).placement).toMatchObject({ resized: { width: 341, height: 256 }, left: 58, top: 16 })
    expect(prepared(343, 256).placement).toMatchObject({ resized: { width: 343, height: 256 }, left: 60 })
  })

  test('starts the crop where transformers does, if the card says so: half of what is left over, rounded down', () => {
    const floor = { preprocessing: { ...IMAGENET_PREPROCESSING, cropStart: 'floor' }, patch: 14 } as const
    expect(preprocess(image(343, 256), floor).placement).toMatchObject({ left: 59, top: 16 })
    expect(preprocess(image(333, 501), floor).placement).toMatchObject({ left: 16, top: 80 })
    expect(preprocess(image(400, 300), floor).placement).toMatchObject({ left: 58, top: 16 })
  })

  test('keeps the card’s proportion of resize to crop for a number', () => {
    expect(prepared(600, 600, 448).placement).toMatchObject({ resized: { width: 512, height: 512 }, left: 32, top: 32 })
  })

  test('resizes to the nearest multiples of the patch by native, and to one patch at least', () => {
    expect(prepared(640, 427, 'native').placement.input).toEqual({ width: 644, height: 434 })
    expect(prepared(3, 200, 'native').placement.input).toEqual({ width: 14, height: 196 })
  })

  test('keeps every pixel by pad, at the center, in the mean color', () => {
    const { pixels, placement } = prepared(30, 15, 'pad')
    expect(placement).toMatchObject({ left: -6, top: -6, input: { width: 42, height: 28 }, resized: { width: 30, height: 15 } })
    expect([...pixels.data.subarray(0, 3)]).toEqual([124, 116, 104])
    const row = image(30, 15).data.subarray(0, 90)
    expect(pixels.data.subarray((6 * 42 + 6) * 3, (6 * 42 + 36) * 3)).toEqual(row)
    expect(toSource(placement, [6, 6, 36, 21])).toEqual([0, 0, 30, 15])
  })

  test('changes nothing by source, and wants multiples of the patch', () => {
    const { pixels } = prepared(28, 42, 'source')
    expect(pixels).toEqual(image(28, 42))
    expect(() => prepared(30, 42, 'source')).toThrow(
      expect.objectContaining({ code: 'size-invalid', details: expect.objectContaining({ given: '30x42' }) }),
    )
  })

  test.each([225, 0, -14, 14.5, NaN, { width: 28, height: 30 }])('rejects %o', (size) => {
    expect(() => prepared(50, 50, size)).toThrow(expect.objectContaining({ code: 'size-invalid' }))
  })

  test('costs no more than its crop for an extreme panorama', () => {
    const { pixels, placement } = prepared(20_000, 2)
    expect(placement.resized).toEqual({ width: 2_560_000, height: 256 })
    expect(pixels.data).toHaveLength(224 * 224 * 3)
  })

  test('maps a box of the input to the source’s pixels', () => {
    const { placement } = prepared(512, 512)
    expect(toSource(placement, [0, 0, 224, 224])).toEqual([32, 32, 480, 480])
  })
})

describe('the region that a plan names is enough', () => {
  test.each<[number, number, InputSize]>([
    [501, 333, 224],
    [333, 901, 224],
    [97, 64, 28],
    [60, 50, 448],
    [2000, 20, 56],
    [300, 200, 'native'],
    [30, 15, 'pad'],
    [301, 201, { width: 140, height: 28 }],
  ])('holds for %ix%i, %o', (width, height, size) => {
    const options = { size, preprocessing: IMAGENET_PREPROCESSING, patch: 14 }
    const whole = image(width, height)
    const plan = planInput(whole, options)
    const [seen, expected] = [preprocess(crop(whole, plan.region), plan), preprocess(whole, options)]
    expect(firstDifference(preprocess(whole, plan).pixels.data, expected.pixels.data)).toBe(-1)
    expect(seen.placement).toEqual(expected.placement)
    expect(firstDifference(seen.pixels.data, expected.pixels.data)).toBe(-1)
  })

  test('rejects pixels of neither the region nor the image, naming both', () => {
    const plan = planInput({ width: 501, height: 333 }, { preprocessing: IMAGENET_PREPROCESSING, patch: 14 })
    expect(() => preprocess(image(100, 100), plan)).toThrow(/100x100.*501x333/)
  })

  test('holds for a wide image, of which it is about the middle', () => {
    const options = { preprocessing: IMAGENET_PREPROCESSING, patch: 14 }
    // By Pillow's formula: rows from 16.5 * 1200 / 256 to 239.5 * 1200 / 256, and bicubic's two taps, widened as much, beyond.
    expect(planInput({ width: 1920, height: 1200 }, options).region).toEqual({ left: 425, top: 68, width: 1065, height: 1064 })
  })
})

test('tells every way to prepare from every other', () => {
  const ids = [224, 448, 'native', 'pad', 'source', { width: 448, height: 336 }].map((size) =>
    preprocessingId(IMAGENET_PREPROCESSING, size as InputSize),
  )
  expect(new Set(ids).size).toBe(6)
  expect(preprocessingId(IMAGENET_PREPROCESSING)).toBe(ids[0])
  expect(preprocessingId({ ...IMAGENET_PREPROCESSING, mean: [0.5, 0.5, 0.5] })).not.toBe(ids[0])
  expect(preprocessingId({ ...IMAGENET_PREPROCESSING, cropStart: 'floor' })).not.toBe(ids[0])
  expect(preprocessingId({ ...IMAGENET_PREPROCESSING, cropStart: 'even' })).toBe(ids[0])
})

test('joins images of one size and rejects others', () => {
  expect(stackPixels([image(2, 1), image(2, 1)])).toMatchObject({ shape: [2, 1, 2, 3], dtype: 'uint8' })
  expect(() => stackPixels([image(2, 1), image(1, 2)])).toThrow(expect.objectContaining({ code: 'size-invalid' }))
})
