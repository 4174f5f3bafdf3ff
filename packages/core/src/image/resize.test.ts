import { firstDifference, ownGoldens, sharedGoldens } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { axisWeights } from './resample/axis-weights.ts'
import { loadKernels } from './resample/resample-kernels.ts'
import { PLAIN_PASSES, resampleInto, wasmPasses } from './resample/resample.ts'
import type { Pixels } from './pixels.ts'
import { preprocess } from './preprocess.ts'
import { IMAGENET_PREPROCESSING } from '../cards/model-registry.ts'
import { normalize } from './normalize.ts'
import type { ResizeFilter } from './resize-filter.ts'
import { resize } from './resize.ts'

const FILTERS: readonly ResizeFilter[] = ['bilinear', 'bicubic', 'lanczos']

function randomPixels(width: number, height: number, seed = 1): Pixels {
  let state = seed
  const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24
  return { data: Uint8Array.from({ length: width * height * 3 }, next), width, height }
}

/** Pillow's definition, straight from the reference's description: no tricks, one pixel at a time, in big numbers. */
function bySpecification({ data, width, height }: Pixels, to: number, filter: ResizeFilter, axis: 'x' | 'y'): Pixels {
  const from = axis === 'x' ? width : height
  const [support, kernel] = (
    {
      bilinear: [1, (x: number) => (Math.abs(x) < 1 ? 1 - Math.abs(x) : 0)],
      bicubic: [
        2,
        (x: number) =>
          ((a) => (a < 1 ? 1.5 * a ** 3 - 2.5 * a ** 2 + 1 : a < 2 ? -0.5 * a ** 3 + 2.5 * a ** 2 - 4 * a + 2 : 0))(Math.abs(x)),
      ],
      lanczos: [
        3,
        (x: number) => (x === 0 ? 1 : Math.abs(x) < 3 ? (3 * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / 3)) / (Math.PI * x) ** 2 : 0),
      ],
    } as const
  )[filter]
  const scale = from / to
  const wide = Math.max(scale, 1)
  const result: Pixels =
    axis === 'x'
      ? { data: new Uint8Array(to * height * 3), width: to, height }
      : { data: new Uint8Array(width * to * 3), width, height: to }
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale
    const first = Math.max(0, Math.trunc(center - support * wide + 0.5))
    const last = Math.min(from, Math.trunc(center + support * wide + 0.5))
    const weights = Array.from({ length: last - first }, (_, tap) => kernel((tap + first - center + 0.5) / wide))
    const sum = weights.reduce((a, b) => a + b, 0)
    const fixed = weights.map((weight) => BigInt(Math.sign(weight) * Math.floor(Math.abs((weight / sum) * 2 ** 22) + 0.5)))
    for (let other = 0; other < (axis === 'x' ? height : width); other++) {
      for (let channel = 0; channel < 3; channel++) {
        const at = (position: number): number => (axis === 'x' ? (other * width + position) * 3 : (position * width + other) * 3) + channel
        const total = fixed.reduce((total, weight, tap) => total + weight * BigInt(data[at(first + tap)]!), 1n << 21n) >> 22n
        const target = axis === 'x' ? (other * to + i) * 3 : (i * width + other) * 3
        result.data[target + channel] = Number(total < 0n ? 0n : total > 255n ? 255n : total)
      }
    }
  }
  return result
}

describe('resize', () => {
  test.each(FILTERS)('follows the definition of %s', (filter) => {
    for (const [width, height, toWidth, toHeight] of [
      [23, 17, 9, 31],
      [5, 40, 14, 3],
      [1, 1, 4, 4],
      [64, 3, 7, 3],
      [33, 50, 44, 33],
    ] as const) {
      const pixels = randomPixels(width, height)
      const across = (image: Pixels): Pixels => ((toWidth as number) === width ? image : bySpecification(image, toWidth, filter, 'x'))
      const down = (image: Pixels): Pixels => ((toHeight as number) === height ? image : bySpecification(image, toHeight, filter, 'y'))
      const verticalFirst = toHeight < height && height - toHeight > 2 * (width - toWidth)
      const expected = verticalFirst ? across(down(pixels)) : down(across(pixels))
      expect(resize(pixels, { width: toWidth, height: toHeight }, filter)).toEqual(expected)
    }
  })

  test('gives the bits of plain TypeScript by WebAssembly', () => {
    const wasm = wasmPasses(loadKernels())
    expect(wasm).toBeDefined()
    for (const [index, filter] of FILTERS.entries()) {
      for (const [width, height, toWidth, toHeight] of [
        [301, 211, 98, 77],
        [37, 41, 224, 150],
        [4001, 9, 31, 2],
        [7, 3003, 7, 40],
      ] as const) {
        const pixels = randomPixels(width, height, index + 7)
        const horizontal = axisWeights(width, toWidth, { filter })
        const vertical = axisWeights(height, toHeight, { filter })
        const verticalFirst = height > width
        const plain = resampleInto(pixels, horizontal, vertical, { passes: PLAIN_PASSES, verticalFirst })
        expect(firstDifference(resampleInto(pixels, horizontal, vertical, { passes: wasm!, verticalFirst }), plain)).toBe(-1)
      }
    }
  })

  test('goes in strips through images larger than the kernels’ memory', () => {
    const pixels = randomPixels(3000, 2500)
    const BICUBIC = { filter: 'bicubic' } as const
    const size = { width: 2100, height: 1400 }
    const plain = resampleInto(pixels, axisWeights(3000, 2100, BICUBIC), axisWeights(2500, 1400, BICUBIC), {
      passes: PLAIN_PASSES,
    })
    expect(firstDifference(resize(pixels, size, 'bicubic').data, plain)).toBe(-1)
  })

  test.each([90, 300])('gives a window as that part of the whole, of %i rows', (rows) => {
    const pixels = randomPixels(120, rows)
    const whole = resize(pixels, { width: 70, height: 50 }, 'bicubic')
    const part = resize(pixels, { width: 70, height: 50 }, 'bicubic', { left: 11, top: 5, width: 30, height: 20 })
    for (let y = 0; y < 20; y++) {
      expect(part.data.subarray(y * 90, (y + 1) * 90)).toEqual(whole.data.subarray(((y + 5) * 70 + 11) * 3, ((y + 5) * 70 + 41) * 3))
    }
  })

  test.each([
    [{ width: 0, height: 5 }, undefined],
    [{ width: 5.5, height: 5 }, undefined],
    [{ width: NaN, height: 5 }, undefined],
    [{ width: 100_000, height: 100_000 }, undefined],
    [
      { width: 10, height: 10 },
      { left: 5, top: 0, width: 6, height: 5 },
    ],
    [
      { width: 10, height: 10 },
      { left: -1, top: 0, width: 6, height: 5 },
    ],
  ])('refuses %o with window %o', (size, window) => {
    expect(() => resize(randomPixels(4, 4), size, 'bicubic', window)).toThrow(expect.objectContaining({ code: 'size-invalid' }))
  })
})

const NAMES = [
  'landscape',
  'portrait',
  'small',
  'square',
  'exact',
  'tiny',
  'noise',
  'edges',
  'pixel',
  'grey',
  'alpha',
  'palette',
  'bilevel',
  'grey-alpha',
]

const IMAGES = [
  ...['wide', 'tall', 'gray', 'alpha', 'palette', 'bilevel'].map((name) => ({ name, folder: ownGoldens })),
  ...NAMES.map((name) => ({ name, folder: sharedGoldens })),
].map((image) => ({ ...image, path: `${image.folder.name}/preprocess/${image.name}` }))

describe.each(IMAGES)('resize gives Pillow’s own output: $path', async ({ name, folder }) => {
  if (!folder.present) return test.skip('skips what is not here', () => {})
  const arrays = await folder.tensors(`preprocess/${name}.safetensors`)
  const { data, shape } = arrays.rgb ?? { data: new Uint8Array(), shape: [0, 0] }
  const source: Pixels = { data: data as Uint8Array, width: shape[1]!, height: shape[0]! }

  test.each(Object.keys(arrays).filter((key) => key.startsWith('resize')))('holds for %s', (key) => {
    const [, width, height, filter] = /^resize(\d+)x(\d+)\.(\w+)$/.exec(key)!
    const size = { width: Number(width), height: Number(height) }
    expect(firstDifference(resize(source, size, filter as ResizeFilter).data, arrays[key]!.data as Uint8Array)).toBe(-1)
  })

  test.each(Object.keys(arrays).filter((key) => key.startsWith('shortest')))('holds for %s', (key) => {
    const [, shortest, crop, filter] = /^shortest(\d+)\.crop(\d+)\.(\w+)$/.exec(key)!
    const preprocessing = { ...IMAGENET_PREPROCESSING, shortest: Number(shortest), crop: Number(crop), filter: filter as ResizeFilter }
    const { pixels } = preprocess(source, { preprocessing, patch: 14 })
    expect([pixels.height, pixels.width, 3]).toEqual(arrays[key]!.shape)
    expect(firstDifference(pixels.data, arrays[key]!.data as Uint8Array)).toBe(-1)
  })

  if (!arrays.normalized224) return
  test('holds for normalized224', () => {
    const { pixels } = preprocess(source, { preprocessing: IMAGENET_PREPROCESSING, patch: 14 })
    const { data, shape } = normalize(pixels, IMAGENET_PREPROCESSING)
    expect(shape).toEqual([3, 224, 224])
    const expected = arrays.normalized224!.data as Float32Array
    expect(data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i]!)), 0)).toBeLessThanOrEqual(1e-6)
  })
})
