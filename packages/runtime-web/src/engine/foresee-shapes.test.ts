import type { InferenceSession } from 'onnxruntime-web'
import { expect, test } from 'vitest'
import { foreseeShapes } from './foresee-shapes.ts'

type About = Parameters<typeof foreseeShapes>[0]
const port = (name: string, type: string, ...shape: (number | string)[]): InferenceSession.ValueMetadata =>
  ({ name, isTensor: true, type, shape }) as InferenceSession.ValueMetadata
const pixels = port('pixels', 'uint8', 'batch', 'height', 'width', 3)
const positions = port('positions', 'float32', 'patches', 4)
const given = { pixels: { shape: [2, 56, 70, 3] }, positions: { shape: [20, 4] }, sizes: { shape: [2] } }
const about: About = {
  inputMetadata: [pixels, positions],
  outputMetadata: [
    port('fixed', 'float32', 3, 5),
    port('scalar', 'float32'),
    port('tokens', 'float32', 'batch', 'patches + 5', 4),
    port('map', 'float32', 'batch', 'height', 'width'),
    port('other', 'float32', 'rows', 4),
    port('product', 'float32', 'patches * 2'),
    port('unnamed', 'float32', '', 4),
    port('unknown', 'float32', -1, 4),
    port('empty', 'float32', 0, 4),
    port('counts', 'int64', 'batch'),
  ],
}

test('lengths are numbers, an input’s by name, or such a one and some', () => {
  expect(foreseeShapes(about, given)).toEqual({ fixed: [3, 5], scalar: [], tokens: [2, 25, 4], map: [2, 56, 70] })
})

test('inputs that are missing, disagree or hold whole numbers say no lengths', () => {
  expect(foreseeShapes(about, { pixels: given.pixels })).toEqual({ fixed: [3, 5], scalar: [], map: [2, 56, 70] })
  const twice = { ...about, inputMetadata: [pixels, positions, port('others', 'float32', 'patches')] }
  expect(foreseeShapes(twice, { ...given, others: { shape: [1] } })).toEqual({ fixed: [3, 5], scalar: [], map: [2, 56, 70] })
  expect(foreseeShapes(twice, { ...given, others: { shape: [20] } })).toEqual(foreseeShapes(about, given))
  const sized = { ...about, inputMetadata: [pixels, positions, port('sizes', 'int64', 2)] }
  expect(foreseeShapes(sized, given)).toEqual({ fixed: [3, 5], scalar: [] })
})
