import { tensor, type Placement } from '@dinokit/core'
import { largestDifference, ownGoldens } from '@dinokit/testing'
import { expect, test } from 'vitest'
import { sharpenLabels, sharpenMap } from './sharpen-map.ts'

const [width, height] = [31, 23]
const placement: Placement = {
  source: { width, height },
  resized: { width: 62, height: 46 },
  left: 6,
  top: 3,
  input: { width: 50, height: 40 },
}
const code = (expected: string): unknown => expect.objectContaining({ code: expected })

test('equals numpy’s joint bilateral upsampling within a crop, and is NaN beside it', async () => {
  const golden = await ownGoldens.tensors('analysis/sharpened.safetensors')
  const image = { data: golden.image!.data as Uint8Array, width, height }
  const result = sharpenMap(tensor('float32', golden.values!.data as Float32Array, [4, 5]), image, placement)
  const expected = golden.result!.data as Float32Array
  const seen = [...expected.keys()].filter((pixel) => !Number.isNaN(expected[pixel]))
  expect([...result.data.keys()].filter((pixel) => !Number.isNaN(result.data[pixel]))).toEqual(seen)
  expect(seen.length).toBeGreaterThan(400)
  expect(
    largestDifference(
      seen.map((pixel) => result.data[pixel]!),
      seen.map((pixel) => expected[pixel]!),
    ),
  ).toBeLessThan(1e-6)
})

test('follows an edge of the image within a cell', () => {
  // The left cell is white but for its last pixel, which is black as the right cell is.
  const data = Uint8Array.from({ length: 8 * 3 }, (_, i) => (i < 9 ? 255 : 0))
  const size = { width: 8, height: 1 }
  const map = tensor('float32', Float32Array.of(1, 0), [1, 2])
  const { data: sharp } = sharpenMap(map, { data, ...size }, { source: size, resized: size, input: size, left: 0, top: 0 })
  expect(sharp[2]).toBeGreaterThan(0.9)
  expect(sharp[3]).toBeLessThan(0.1)
})

test('labels pixels by the class whose sharpened scores are the largest, and what the model did not see as unknown', async () => {
  const golden = await ownGoldens.tensors('analysis/sharpened.safetensors')
  const image = { data: golden.image!.data as Uint8Array, width, height }
  const one = golden.values!.data as Float32Array
  const maps = [one, one.map((value, i) => 0.6 - value * ((i % 3) - 0.5)), one.toReversed()]
  const labels = sharpenLabels(tensor('float32', Float32Array.from(maps.flatMap((map) => [...map])), [3, 4, 5]), image, placement)
  const sharp = maps.map((map) => sharpenMap(tensor('float32', map, [4, 5]), image, placement).data)
  const expected = Array.from(sharp[0]!, (value, pixel) => {
    const scores = sharp.map((map) => map[pixel]!)
    return Number.isNaN(value) ? 255 : scores.indexOf(Math.max(...scores))
  })
  expect([...labels.data]).toEqual(expected)
  expect(new Set(expected)).toEqual(new Set([0, 1, 2, 255]))
})

test('rejects images of another size, and a reach of nothing', () => {
  const map = tensor('float32', new Float32Array(20), [4, 5])
  const image = { data: new Uint8Array(width * height * 3), width, height }
  expect(() => sharpenMap(map, { ...image, width: height, height: width }, placement)).toThrow(code('size-invalid'))
  for (const options of [{ radius: 0 }, { distance: 0 }, { color: NaN }])
    expect(() => sharpenMap(map, image, placement, options)).toThrow(code('invalid-option'))
})
