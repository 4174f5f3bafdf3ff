import { tensor, type Pixels } from '@dinokit/core'
import { describe, expect, test } from 'vitest'
import { colorValues } from './color-values.ts'
import { colorize } from './colorize.ts'
import { meanMap, overlay } from './overlay.ts'
import { resizeToSource } from './resize-to-source.ts'
import { toImageData } from './to-image-data.ts'

const ramp = tensor('float32', Float32Array.of(0, 1, 2, 3), [2, 2])
const gray = (width: number, height: number): Pixels => ({ data: new Uint8Array(width * height * 3).fill(100), width, height })
const code = (expected: string): unknown => expect.objectContaining({ code: expected })

describe('colorize', () => {
  test('colors a range, and leaves out a share of outliers', () => {
    expect(colorize(ramp, { range: [0, 3] })).toEqual(colorValues(ramp))
    const values = Float32Array.from({ length: 100 }, (_, i) => (i === 50 ? 1e6 : i))
    const colors = colorize(tensor('float32', values, [10, 10]), { palette: 'magma' })
    expect(colors).toEqual(colorValues(tensor('float32', values, [10, 10]), { map: 'magma', low: 2, high: 98 }))
  })

  test('grays out what is not a number, and rejects what has no numbers', () => {
    const holed = tensor('float32', Float32Array.of(NaN, 1, 2, 3), [2, 2])
    expect([...colorize(holed).data.subarray(0, 3)]).toEqual([128, 128, 128])
    expect(() => colorize(tensor('float32', Float32Array.of(NaN), [1, 1]))).toThrow(code('tensor-invalid'))
    expect(() => colorize(tensor('float32', new Float32Array(4), [4]))).toThrow(code('tensor-invalid'))
    expect(() => colorize(ramp, { range: [3, 0] })).toThrow(code('invalid-option'))
    expect(() => colorize(ramp, { range: { clip: 0.5 } })).toThrow(code('invalid-option'))
  })
})

describe('overlay', () => {
  test('mixes colors into an image by opacity', () => {
    const colors = { data: new Uint8Array(12).fill(200), width: 2, height: 2 }
    expect([...overlay(gray(2, 2), colors, 0.25).data]).toEqual(new Array(12).fill(125))
    expect(overlay(gray(2, 2), ramp, 0)).toEqual(gray(2, 2))
    expect(overlay(gray(2, 2), ramp, 1)).toEqual(colorize(ramp))
  })

  test('enlarges a grid to the image, and leaves pixels that the model did not see', () => {
    const holed = tensor('float32', Float32Array.of(NaN, 1, 2, 3), [2, 2])
    expect([...overlay(gray(2, 2), holed, 1).data.subarray(0, 3)]).toEqual([100, 100, 100])
    expect(overlay(gray(8, 4), ramp, { opacity: 1, range: [0, 3] })).toEqual(
      colorize(resizeToSource(ramp, { source: gray(8, 4), resized: gray(8, 4), input: gray(8, 4), left: 0, top: 0 }), { range: [0, 3] }),
    )
  })

  test('rejects colors of another size, and an opacity beyond 0 to 1', () => {
    expect(() => overlay(gray(2, 2), gray(3, 2))).toThrow(code('size-invalid'))
    expect(() => overlay(gray(2, 2), ramp, 2)).toThrow(code('invalid-option'))
  })
})

test('resizes a map over a crop to the source: NaN beside the crop, values at the cells’ centers', () => {
  const placement = { source: { width: 8, height: 4 }, resized: { width: 8, height: 4 }, input: { width: 4, height: 4 }, left: 2, top: 0 }
  const { data, shape } = resizeToSource(ramp, placement)
  expect(shape).toEqual([4, 8])
  // Row 0 lies above the first cell's center: no mixing of rows.
  expect([...data.subarray(0, 8)]).toEqual([NaN, NaN, 0, 0.25, 0.75, 1, NaN, NaN])
  expect(data[3 * 8 + 5]).toBe(3)
})

test('averages maps', () => {
  expect([...meanMap(tensor('float32', Float32Array.of(0, 2, 4, 8), [2, 1, 2])).data]).toEqual([2, 5])
  expect(() => meanMap(ramp)).toThrow(code('tensor-invalid'))
})

test('makes RGBA of pixels and of maps', () => {
  const { data, width, height } = toImageData({ data: Uint8Array.of(1, 2, 3, 4, 5, 6), width: 2, height: 1 })
  expect([[...data], width, height]).toEqual([[1, 2, 3, 255, 4, 5, 6, 255], 2, 1])
  expect([...toImageData(ramp).data.subarray(12, 16)]).toEqual([253, 231, 37, 255])
})
