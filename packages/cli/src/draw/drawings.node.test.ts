import { tensor, type PixelMap, type Pixels } from '@dinokit/core'
import type { Depth } from '@dinokit/head-depth'
import type { Segmentation } from '@dinokit/head-segmentation'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { classesBeneath, classesOver } from './classes-drawing.ts'
import { depthDrawing } from './depth-drawing.ts'
import { formatShare } from './parts/format-share.ts'
import { grayPng } from './parts/gray-png.ts'
import { millimeterPng } from './parts/millimeter-png.ts'
import { scaleSteps } from './parts/scale-steps.ts'
import { segmentationDrawing } from './segmentation-drawing.ts'

/** matplotlib 3.10: entries of `matplotlib.colormaps['magma'].colors`, times 255. */
const MAGMA: readonly (readonly [index: number, color: readonly number[]])[] = [
  [0, [0, 0, 4]],
  [25, [20, 14, 54]],
  [77, [101, 26, 128]],
  [128, [183, 55, 121]],
  [200, [253, 152, 105]],
  [255, [252, 253, 191]],
]

interface Decoded {
  readonly width: number
  readonly height: number
  at(x: number, y: number): number[]
}

async function decode(png: Uint8Array): Promise<Decoded> {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  return { width, height, at: (x, y) => [...data.subarray((y * width + x) * channels, (y * width + x) * channels + 3)] }
}

async function decodeGray(png: Uint8Array, depth: 'uchar' | 'ushort'): Promise<{ readonly about: unknown; readonly samples: number[] }> {
  const { format, width, height, channels, depth: of } = await sharp(png).metadata()
  const data = await sharp(png)
    .toColourspace(depth === 'ushort' ? 'grey16' : 'b-w')
    .raw({ depth })
    .toBuffer()
  const bytes = new Uint8Array(data)
  return {
    about: { format, width, height, channels, depth: of },
    samples: [...(depth === 'ushort' ? new Uint16Array(bytes.buffer) : bytes)],
  }
}

/** A map of the image's pixels by their places. */
function mapOf(width: number, height: number, valueAt: (x: number, y: number) => number): PixelMap {
  const data = Float32Array.from({ length: width * height }, (_, i) => valueAt(i % width, Math.floor(i / width)))
  return { ...tensor('float32', data, [height, width]), shape: [height, width], unit: 'm', unknown: 0 }
}

function depthOf(width: number, height: number, valueAt: (x: number, y: number) => number): Depth {
  const meters = mapOf(width, height, valueAt)
  const known = meters.data.filter((value) => value !== 0)
  const [min, max] = [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))]
  return { unit: 'meters', map: meters, meters, min, max, range: [0.001, 10] }
}

function imageOf(width: number, height: number): Pixels {
  return { data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7) % 256), width, height }
}

const PALETTE = [
  [10, 200, 30],
  [240, 20, 90],
  [5, 60, 250],
] as const

function segmentationOf(width: number, height: number, labelAt: (x: number, y: number) => number, classes = 3): Segmentation {
  const data = Uint8Array.from({ length: width * height }, (_, i) => labelAt(i % width, Math.floor(i / width)))
  const seen = data.filter((label) => label !== 255).length
  return {
    labels: { ...tensor('uint8', data, [height, width]), shape: [height, width], unit: 'class', unknown: 255 },
    classes: Array.from({ length: classes }, (_, index) => {
      const pixels = data.filter((label) => label === index).length
      return { index, name: `class ${index}`, color: PALETTE[index % 3]!, pixels, share: pixels / seen, confidence: 1 }
    }),
    logits: tensor('float32', new Float32Array(classes), [classes, 1, 1]),
    placement: { source: { width, height }, resized: { width, height }, left: 0, top: 0, input: { width, height } },
    known: [],
  }
}

describe('depth', () => {
  test('has matplotlib’s magma from the nearest, bright, to the farthest, dark, and a caption beneath', async () => {
    const { width, height, at } = await decode(await depthDrawing(depthOf(256, 420, (x) => 2 + x / 51)))
    expect([width, height > 440, height < 560]).toEqual([312, true, true])
    for (const [index, color] of MAGMA) {
      const shown = at(255 - index, 200)
      color.forEach((value, channel) => expect(Math.abs(shown[channel]! - value)).toBeLessThanOrEqual(7))
    }
    // The scale beneath runs from the same bright to the same dark.
    const scale = Array.from({ length: height - 420 }, (_, y) => [at(40, 420 + y), at(width - 40, 420 + y)])
    const [near, far] = scale.find(([left]) => left![0]! > 200 && left![2]! < 200)!
    expect(near![0]! - far![0]!).toBeGreaterThan(150)
  })

  test('draws unseen pixels gray, or as the image’s own under an overlay', async () => {
    const depth = depthOf(420, 100, (x) => (x < 100 ? 0 : x / 100))
    const image = imageOf(420, 100)
    const [alone, over] = [await decode(await depthDrawing(depth)), await decode(await depthDrawing(depth, image))]
    expect(alone.at(50, 50)).toEqual([150, 154, 160])
    expect(over.at(50, 50)).toEqual([...image.data.subarray((50 * 420 + 50) * 3, (50 * 420 + 51) * 3)])
    expect(over.at(300, 50)).not.toEqual(alone.at(300, 50))
  })

  test('draws the same everywhere, also one pixel', async () => {
    expect((await decode(await depthDrawing(depthOf(1, 1, () => 3)))).width).toBe(400)
    const { at } = await decode(await depthDrawing(depthOf(400, 400, () => 3)))
    expect(at(0, 0)).toEqual(at(399, 399))
  })

  test('millimeters are exact', async () => {
    const meters = mapOf(4, 2, (x, y) => [0, 0.001, 1.2344, 1.2346, 9.9999, 65.535, 65.6, 80][y * 4 + x]!)
    const { about, samples } = await decodeGray(await millimeterPng(meters), 'ushort')
    expect(about).toEqual({ format: 'png', width: 4, height: 2, channels: 1, depth: 'ushort' })
    expect(samples).toEqual([0, 1, 1234, 1235, 10_000, 65_535, 65_535, 65_535])
  })
})

describe('segmentation', () => {
  const halves = segmentationOf(420, 300, (x, y) => (y < 20 ? 255 : x < 210 ? 0 : 1))

  test('has the classes’ own colors, contours between them, and a legend beneath', async () => {
    const { width, height, at } = await decode(await segmentationDrawing(halves))
    expect([width, height > 315]).toEqual([420, true])
    expect([at(0, 21 + 5), at(100, 150), at(300, 150), at(419, 299)]).toEqual([PALETTE[0], PALETTE[0], PALETTE[1], PALETTE[1]])
    expect(at(100, 5)).toEqual([150, 154, 160])
    expect(Array.from({ length: 6 }, (_, x) => at(207 + x, 150))).toContainEqual([255, 255, 255])
    const legend = Array.from({ length: height - 300 }, (_, y) => Array.from({ length: width }, (_, x) => at(x, 300 + y).join())).flat()
    for (const color of PALETTE) expect(legend).toContain(color.join())
  })

  test('shows the image under the classes', async () => {
    const image = imageOf(420, 300)
    const [alone, over] = [await decode(await segmentationDrawing(halves)), await decode(await segmentationDrawing(halves, image))]
    expect(over.width).toBe(alone.width)
    const rows = Array.from({ length: 50 }, (_, x) => over.at(20 + x, 150).join())
    expect(new Set(rows).size).toBeGreaterThan(5)
    expect(over.at(100, 5)).toEqual([...image.data.subarray((5 * 420 + 100) * 3, (5 * 420 + 101) * 3)])
  })

  test('enlarges small images by whole pixels, and has room for many classes and for one', async () => {
    const small = await decode(await segmentationDrawing(segmentationOf(100, 75, (x) => (x < 50 ? 0 : 1))))
    expect([small.width, small.at(199 - 8, 4), small.at(200 + 8, 4)]).toEqual([400, PALETTE[0], PALETTE[1]])
    const many = await decode(
      await segmentationDrawing(segmentationOf(420, 300, (x, y) => (Math.floor(x / 28) + 15 * Math.floor(y / 30)) % 150, 150)),
    )
    const one = await decode(await segmentationDrawing(segmentationOf(420, 300, () => 0, 1)))
    expect(many.height).toBeGreaterThan(one.height)
    expect(many.height).toBeLessThan(600)
  })

  test('writes label PNGs that hold the labels, in 8 or 16 bits', async () => {
    const bytes = await decodeGray(await grayPng(halves.labels), 'uchar')
    expect(bytes.about).toMatchObject({ channels: 1, depth: 'uchar' })
    expect(bytes.samples).toEqual([...halves.labels.data])
    const words = { data: Uint16Array.of(0, 255, 256, 300, 999, 65_535), shape: [2, 3] as const }
    const { about, samples } = await decodeGray(await grayPng(words), 'ushort')
    expect(about).toMatchObject({ width: 3, height: 2, channels: 1, depth: 'ushort' })
    expect(samples).toEqual([...words.data])
  })
})

describe('classes', () => {
  const classes = [0.7, 0.2, 0.1].map((probability, index) => ({ index, name: `class ${index} ${'long '.repeat(30)}`, probability }))

  test('keep the image as it is when they are beneath it, and the drawing’s size when they are over it', async () => {
    const image = imageOf(480, 320)
    const [beneath, over] = [await decode(await classesBeneath(classes, image)), await decode(await classesOver(classes, image))]
    expect([beneath.width, beneath.height > 360, over.width, over.height]).toEqual([480, true, 480, 320])
    for (const { at } of [beneath, over]) expect(at(470, 3)).toEqual([...image.data.subarray((3 * 480 + 470) * 3, (3 * 480 + 471) * 3)])
    expect(over.at(30, 290)).not.toEqual(beneath.at(30, 290))
  })

  test.each([
    [3000, 20],
    [20, 3000],
    [1, 1],
    [1, 500],
  ])('fit an image of %ix%i, beneath where there is no room over it', async (width, height) => {
    const image = imageOf(width, height)
    const factor = Math.ceil(400 / Math.max(width, height))
    for (const png of [await classesOver(classes, image), await classesBeneath(classes, image)]) {
      const drawn = await decode(png)
      expect(drawn.width).toBeGreaterThanOrEqual(Math.max(width * factor, 300))
      expect(drawn.height).toBeGreaterThanOrEqual(height * factor)
    }
  })
})

test.each([
  { low: 0.71, high: 9.9, most: 5, values: [2, 4, 6, 8], decimals: 0 },
  { low: 1.2, high: 1.3, most: 4, values: [1.2, 1.25, 1.3], decimals: 2 },
  { low: 0, high: 80, most: 10, values: [0, 10, 20, 30, 40, 50, 60, 70, 80], decimals: 0 },
])('labels a scale from $low to $high with round numbers', ({ low, high, most, values, decimals }) => {
  const steps = scaleSteps(low, high, most)
  expect(steps.decimals).toBe(decimals)
  expect(steps.values.map((value) => Number(value.toFixed(6)))).toEqual(values)
})

test('writes shares with one digit after the point', () => {
  expect([0, 0.0001, 0.0005, 0.1234, 1].map(formatShare)).toEqual(['0.0 %', '<0.1 %', '0.1 %', '12.3 %', '100.0 %'])
})
