import { describe, expect, test } from 'vitest'
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation } from './adjust-colors.ts'
import { augment, sampleAugmentation } from './augment.ts'
import { dinov2Recipe, type CropRecipe } from './crop-recipe.ts'
import { crop, flip } from '../image/crop.ts'
import { gaussianBlur } from './gaussian-blur.ts'
import { grayscale } from './grayscale.ts'
import { multiCrop } from './multi-crop.ts'
import type { Pixels } from '../image/pixels.ts'
import { createRandom, restoreRandom } from './random.ts'
import { solarize } from './solarize.ts'
import { AUGMENTATION_GOLDEN } from '../testing/augmentation-golden.ts'

const { colors, image, seed, crops, boxes } = AUGMENTATION_GOLDEN
const cat: Pixels = { ...image, data: Uint8Array.from(atob(image.data), (character) => character.charCodeAt(0)) }

async function sha256({ data }: Pixels): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(data)))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Every color whose channels are multiples of 5, red slowest. */
function cube(): Pixels {
  const data = Uint8Array.from({ length: 52 ** 3 * 3 }, (_, i) => (Math.floor(Math.floor(i / 3) / 52 ** (2 - (i % 3))) % 52) * 5)
  return { data, width: 338, height: 416 }
}

describe('augmentation, with torchvision’s bits on a Pillow image,', () => {
  const operations = {
    brightness: adjustBrightness,
    contrast: adjustContrast,
    saturation: adjustSaturation,
    hue: adjustHue,
    solarize,
    grayscale: (of: Pixels) => grayscale(of),
    flip: (of: Pixels) => flip(of),
  }
  test.each(colors)('gives %s %s', async (operation, by, expected) => {
    const image = cube()
    const before = await sha256(image)
    expect(await sha256(operations[operation](image, by ?? 0))).toBe(expected)
    expect(await sha256(image)).toBe(before)
  })

  test.each(crops)('gives crop $#: $augmentation', async ({ augmentation, sha256: expected }) => {
    expect(await sha256(augment(cat, augmentation))).toBe(expected)
  })
})

test('gives the same crops of a seed everywhere, which are the reference’s', async () => {
  const recipe = dinov2Recipe({ globalSize: 56, localSize: 28 })
  const { global, local } = multiCrop(cat, recipe, createRandom(seed))
  expect([global.length, local.length]).toEqual([2, 8])
  expect([...global, ...local].map(({ augmentation }) => augmentation)).toEqual(crops.map(({ augmentation }) => augmentation))
  for (const [i, { pixels }] of [...global, ...local].entries()) expect(await sha256(pixels), `crop ${i}`).toBe(crops[i]!.sha256)
})

test('goes on with the same crops from a saved source', () => {
  const recipe = dinov2Recipe({ globalSize: 28, localSize: 14 })
  const random = createRandom(5)
  multiCrop(cat, recipe, random)
  const again = restoreRandom(JSON.parse(JSON.stringify(random.state())) as ReturnType<typeof random.state>)
  expect(multiCrop(cat, recipe, again)).toEqual(multiCrop(cat, recipe, random))
})

describe('gaussianBlur', () => {
  /** One sum of 81 products a byte, as the reference describes it. */
  function bySpecification({ data, width, height }: Pixels, sigma: number): Pixels {
    const weights = Array.from({ length: 9 }, (_, i) => Math.exp(-0.5 * ((i - 4) / sigma) ** 2))
    const sum = weights.reduce((a, b) => a + b)
    const mirror = (i: number, length: number): number => (i < 0 ? -i : i >= length ? 2 * length - 2 - i : i)
    const at = (x: number, y: number, channel: number): number => data[(mirror(y, height) * width + mirror(x, width)) * 3 + channel]!
    const result = Uint8Array.from({ length: data.length }, (_, i) => {
      const [channel, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)]
      let total = 0
      for (let dy = -4; dy <= 4; dy++)
        for (let dx = -4; dx <= 4; dx++) total += ((weights[dy + 4]! * weights[dx + 4]!) / sum / sum) * at(x + dx, y + dy, channel)
      return Math.round(total)
    })
    return { data: result, width, height }
  }

  test.each([0.1, 0.35, 1, 2])('follows the definition with sigma %d to the last bit but for ties', (sigma) => {
    const [expected, found] = [bySpecification(cat, sigma), gaussianBlur(cat, sigma)]
    const differing = found.data.filter((value, i) => value !== expected.data[i])
    expect(differing.length).toBeLessThanOrEqual(2)
    expect(Math.max(...found.data.map((value, i) => Math.abs(value - expected.data[i]!)))).toBeLessThanOrEqual(1)
  })

  test('blurs images smaller than the kernel, and one pixel', () => {
    const gray: Pixels = { data: new Uint8Array(3 * 2 * 3).fill(77), width: 3, height: 2 }
    expect(gaussianBlur(gray, 2)).toEqual(gray)
    expect(gaussianBlur({ data: Uint8Array.of(1, 2, 3), width: 1, height: 1 }, 1).data).toEqual(Uint8Array.of(1, 2, 3))
  })

  test.each([0, -1, NaN])('rejects sigma %d', (sigma) => {
    expect(() => gaussianBlur(cat, sigma)).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  })
})

describe('a recipe', () => {
  const [first, second] = dinov2Recipe().global as [CropRecipe, CropRecipe]
  const [local] = dinov2Recipe().local as [CropRecipe]

  test.each(Object.entries(boxes))('boxes are distributed as torchvision’s: %s', (_, { source, scale, mean, deviation }) => {
    const random = createRandom(11)
    const count = 20_000
    const drawn = Array.from({ length: count }, () => {
      const { box } = sampleAugmentation({ width: source[0], height: source[1] }, { ...first, scale }, random)
      expect(box.left >= 0 && box.top >= 0 && box.left + box.width <= source[0] && box.top + box.height <= source[1]).toBe(true)
      return box
    })
    for (const side of ['left', 'top', 'width', 'height'] as const) {
      const average = drawn.reduce((sum, box) => sum + box[side], 0) / count
      const spread = Math.sqrt(drawn.reduce((sum, box) => sum + (box[side] - average) ** 2, 0) / count)
      // Four standard errors of the difference between their mean and ours.
      expect(Math.abs(average - mean[side]), side).toBeLessThanOrEqual(4 * deviation[side] * Math.sqrt(1 / count + 1 / 60_000) + 1e-3)
      expect(Math.abs(spread - deviation[side]), side).toBeLessThanOrEqual(0.05 * deviation[side] + 1e-3)
    }
  })

  test.each([
    ['the first global crop', first, { blur: 0, solarize: 0 }],
    ['the second', second, { blur: 0.9, solarize: 0.2 }],
    ['local crops', local, { blur: 0.5, solarize: 0 }],
  ])('does each operation of %s as often as the reference', (_, recipe, { blur, solarize }) => {
    const random = createRandom(3, 1)
    const count = 10_000
    const drawn = Array.from({ length: count }, () => sampleAugmentation({ width: 640, height: 480 }, recipe, random))
    const often = (holds: (of: (typeof drawn)[number]) => boolean): number => drawn.filter(holds).length / count
    expect(often(({ flipped }) => flipped)).toBeCloseTo(0.5, 1)
    expect(Math.abs(often(({ jitter }) => jitter.length === 4) - 0.8)).toBeLessThan(0.02)
    expect(Math.abs(often(({ gray }) => gray) - 0.2)).toBeLessThan(0.02)
    expect(Math.abs(often((of) => of.blur !== undefined) - blur)).toBeLessThan(blur === 0 ? 1e-9 : 0.02)
    expect(Math.abs(often((of) => of.solarize === 128) - solarize)).toBeLessThan(solarize === 0 ? 1e-9 : 0.02)
    const steps = drawn.flatMap(({ jitter }) => jitter)
    for (const [of, low, high] of [
      ['brightness', 0.6, 1.4],
      ['contrast', 0.6, 1.4],
      ['saturation', 0.8, 1.2],
      ['hue', -0.1, 0.1],
    ] as const) {
      const values = steps.filter(({ op }) => op === of).map(({ factor }) => factor)
      expect([Math.min(...values) >= low, Math.max(...values) <= high]).toEqual([true, true])
      expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.99 * (high - low))
    }
    // Each of the four comes first as often.
    for (const name of ['brightness', 'contrast', 'saturation', 'hue'])
      expect(Math.abs(drawn.filter(({ jitter }) => jitter[0]?.op === name).length / count - 0.2)).toBeLessThan(0.02)
  })
})

test.each([
  [1, 1],
  [1, 500],
  [300, 2],
])('crops an image of %ix%i too', (width, height) => {
  const random = createRandom(1)
  const gray: Pixels = { data: new Uint8Array(width * height * 3).fill(90), width, height }
  for (let i = 0; i < 20; i++) {
    const { global, local } = multiCrop(gray, dinov2Recipe({ globalSize: 28, localSize: 14, locals: 1 }), random)
    for (const { pixels, augmentation } of [...global, ...local]) {
      expect(pixels.data).toHaveLength(augmentation.size ** 2 * 3)
      expect(new Set(pixels.data).size).toBeLessThanOrEqual(3)
    }
  }
})

test('rejects a box outside the image', () => {
  expect(() => crop(cat, { left: 90, top: 0, width: 7, height: 4 })).toThrow(expect.objectContaining({ code: 'size-invalid' }))
  expect(() => crop(cat, { left: 0.5, top: 0, width: 7, height: 4 })).toThrow(expect.objectContaining({ code: 'size-invalid' }))
})
