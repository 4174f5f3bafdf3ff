import { ownGoldens } from '@dinokit/testing'
import { expect, test } from 'vitest'
import { IMAGENET_PREPROCESSING } from '../../cards/model-registry.ts'
import type { Pixels } from '../pixels.ts'
import { planInput, type InputSize } from '../plan-input.ts'
import { preprocess, type ModelInput } from '../preprocess.ts'
import { planResize, runResize } from './plan-resize.ts'
const OPENCV = { ...IMAGENET_PREPROCESSING, resampler: 'opencv' } as const
/** In units of bytes: float32 keeps no more of 255. */
const LIMIT = 1e-4

const arrays = await ownGoldens.tensors('depth-anything/opencv.safetensors')

test.each(Object.keys(arrays).filter((key) => key.endsWith('.floats')))('resizes floats as OpenCV does: %s', (key) => {
  const name = key.replace(/\.floats$/, '')
  const [, width, height] = /\.(\d+)x(\d+)$/.exec(name)!.map(Number) as [number, number, number]
  const { data, shape } = arrays[`${name}.pixels`]!
  const source: Pixels = { data: data as Uint8Array, width: shape[2]!, height: shape[1]! }
  const { pixels } = prepared(source, { width, height }, 1)
  const expected = arrays[key]!.data as Float32Array
  expect(pixels.unrounded).toHaveLength(expected.length)
  expect(expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - pixels.unrounded![i]!)), 0)).toBeLessThan(LIMIT)
  expect(pixels.data).toEqual(new Uint8Array(Uint8ClampedArray.from(expected).buffer))
})

const twice = await ownGoldens.tensors('depth-anything/opencv-twice.safetensors')

test.each(Object.keys(twice).filter((key) => key.endsWith('.twice')))('resizes bytes in two steps as Depth Anything 3 does: %s', (key) => {
  const { data, shape } = twice[key.replace('.twice', '.pixels')]!
  const source: Pixels = { data: data as Uint8Array, width: shape[2]!, height: shape[1]! }
  const expected = twice[key]!
  const size = { width: expected.shape[1]!, height: expected.shape[0]! }
  const preprocessing = { ...IMAGENET_PREPROCESSING, resampler: 'opencv-twice' } as const
  const made = preprocess(source, planInput(source, { size, preprocessing, patch: 1 })).pixels
  expect(made.unrounded).toBeUndefined()
  expect(made.data).toEqual(expected.data)
  // Of a window, what the whole has there.
  const window = { left: 3, top: 2, width: 9, height: 7 }
  const part = runResize(source, planResize(source, size, preprocessing, window)).data
  for (let y = 0; y < window.height; y++) {
    const start = ((window.top + y) * size.width + window.left) * 3
    expect(part.subarray(y * 27, (y + 1) * 27)).toEqual(made.data.subarray(start, start + 27))
  }
})

function image(width: number, height: number): Pixels {
  return { data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * i * 31 + i) % 251), width, height }
}

function prepared(of: Pixels, size: InputSize, patch = 14, flip = false): ModelInput {
  return preprocess(of, planInput(of, { size, preprocessing: OPENCV, patch, flip }))
}

test('gives a window, mirrored or not, what the whole image has there', () => {
  const of = image(61, 47)
  const { placement, pixels } = prepared(of, 28)
  const { left, top, resized } = placement
  const whole = prepared(of, resized, 1).pixels.unrounded!
  const turned = prepared(of, 28, 14, true).pixels.unrounded!
  expect([resized.width > 28, top >= 0, left > 0]).toEqual([true, true, true])
  for (let y = 0; y < 28; y++) {
    const row = pixels.unrounded!.subarray(y * 84, (y + 1) * 84)
    const start = ((top + y) * resized.width + left) * 3
    expect(row).toEqual(whole.subarray(start, start + 84))
    expect([...turned.subarray(y * 84, y * 84 + 3)]).toEqual([...row.subarray(81)])
  }
})

test('pads by the mean color, and says where, as for bytes', () => {
  const of = image(61, 47)
  const bytes = preprocess(of, { size: 'pad', preprocessing: IMAGENET_PREPROCESSING, patch: 14 })
  const made = prepared(of, 'pad')
  expect(made).toMatchObject({ placement: bytes.placement, padding: bytes.padding })
  expect(made.pixels.data).toEqual(bytes.pixels.data)
  expect(made.pixels.unrounded).toEqual(Float32Array.from(bytes.pixels.data))
})

test('refuses another filter', () => {
  const plan = (): unknown =>
    planResize(image(4, 4), { width: 2, height: 2 }, { filter: 'bilinear', resampler: 'opencv' }, { left: 0, top: 0, width: 2, height: 2 })
  expect(plan).toThrow(expect.objectContaining({ code: 'model-unsupported' }))
})
