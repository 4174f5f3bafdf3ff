import { depth, type Depth, type DepthOptions, type EstimateOptions } from '@dinokit/head-depth'
import { ownGoldens, type GoldenTensor } from '@dinokit/testing'
import { open, type CardFields, type DinokitErrorCode, type ImageSource, type InputSize } from 'dinokit'
import { describe, expect, test } from 'vitest'

/** Largest relative difference. */
const LIMIT = 1e-4
/** The models here are too narrow for the published ones' heads to be known. */
const TWO_HEADS: CardFields = { heads: 2 }
const ORIGINAL = 'depth_anything_v2_vits.pth'

const pathOf = (path: string): string => ownGoldens.address(`depth-anything/${path}`).href
const numbers = (name: string): Promise<Record<string, GoldenTensor>> => ownGoldens.tensors(`depth-anything/${name}.safetensors`)

/** Images are given as `WIDTHxHEIGHT.pixels`. */
function imageOf(given: Record<string, GoldenTensor>, size: string): ImageSource {
  const { data, shape } = given[`${size}.pixels`]!
  return { data: data as Uint8Array, width: shape[2]!, height: shape[1]! }
}

interface Asked extends EstimateOptions {
  readonly card?: CardFields
  readonly size?: InputSize
}

async function ask(path: string, image: ImageSource, options: DepthOptions = {}, { card, ...asked }: Asked = {}): Promise<Depth> {
  await using vision = await open({ model: pathOf(path), ...(card && { card }), heads: { depth: depth(options) } })
  return await vision.heads.depth(image, asked)
}

/** The largest difference, relative to what is expected, or to a hundredth of its largest value where it is less: near 0. */
function apart(given: Float32Array, expected: Float32Array): number {
  const floor = expected.reduce((a, b) => Math.max(a, b)) / 100
  expect(given).toHaveLength(expected.length)
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - given[i]!) / Math.max(Math.abs(value), floor)), 0)
}

test.each([
  ['43x31', 'whole', {}],
  ['37x50', '42x28', { size: { width: 42, height: 28 } }],
] as const)('gives the disparity and the meters of Depth Anything V2’s .pth: %s, %s', async (size, name, asked) => {
  const given = await numbers('original')
  const image = imageOf(given, size)
  const relative = await ask(ORIGINAL, image, {}, { card: TWO_HEADS, ...asked })
  expect(relative).toMatchObject({ unit: 'disparity', map: { unit: 'disparity', unknown: -1 } })
  expect([relative.meters, relative.range]).toEqual([undefined, undefined])
  expect(apart(relative.map.data, given[`${size}.${name}.disparity`]!.data as Float32Array)).toBeLessThanOrEqual(LIMIT)
  const values = [...relative.map.data]
  expect([relative.min, relative.max]).toEqual([Math.min(...values), Math.max(...values)])
})

test('gives the meters of a .pth that says nothing, where its largest depth is said', async () => {
  const given = await numbers('original')
  const bytes = await ownGoldens.read(`depth-anything/${ORIGINAL}`)
  const model = new File([bytes as BlobPart], 'depth_anything_v2_metric_hypersim_vits.pth')
  const card = TWO_HEADS
  await using vision = await open({ model, card, heads: { depth: depth({ maxDepth: 20 }) } })
  const metric = await vision.heads.depth(imageOf(given, '43x31'))
  expect(metric).toMatchObject({ unit: 'meters', range: [0, 20], map: { unit: 'm', unknown: 0 } })
  expect(metric.meters).toBe(metric.map)
  expect(apart(metric.map.data, given['43x31.whole.meters']!.data as Float32Array)).toBeLessThanOrEqual(LIMIT)
  await expect(open({ model, card, heads: { depth: depth() } })).rejects.toMatchObject({
    code: 'model-unsupported',
    details: { hint: expect.stringContaining('By its name it would be --max-depth 20') as string },
  })
  await expect(open({ model, card, heads: { depth: depth({ unit: 'meters' }) } })).rejects.toMatchObject({ code: 'model-unsupported' })
  // The backbone is there, whatever its depth head is.
  await using plain = await open({ model, card })
  expect(plain.card.preprocessing).toMatchObject({ shortest: 518, crop: 518, resampler: 'opencv' })
})

test.each(['43x31'])('gives the meters of transformers’ DepthAnythingForDepthEstimation, by either resampler: %s', async (size) => {
  const given = await numbers('huggingface')
  for (const resampler of ['pillow', 'torchvision'] as const) {
    const answer = await ask('huggingface', imageOf(given, size), {}, { card: { resampler } })
    expect(answer).toMatchObject({ unit: 'meters', range: [0, 20] })
    expect(apart(answer.map.data, given[`${size}.${resampler}`]!.data as Float32Array)).toBeLessThanOrEqual(LIMIT)
  }
})

test.each([
  ['37x50', 'dpt-dinov2'],
  ['37x50', 'dpt-add'],
])('gives the depth of transformers’ DPT on DINOv2, padded: %s, %s', async (size, name) => {
  const given = await numbers(name)
  const answer = await ask(name, imageOf(given, size), { unit: 'meters' })
  expect(answer).toMatchObject({ unit: 'meters' })
  expect(apart(answer.map.data, given[`${size}.depth`]!.data as Float32Array)).toBeLessThanOrEqual(LIMIT)
})

test.each(['56x42'])('gives the depth of Depth Anything 3, with its sky: %s', async (size) => {
  const given = await numbers('da3')
  const card: CardFields = { heads: 2 }
  const image = imageOf(given, size)
  const relative = await ask('da3', image, {}, { card, size: 'source' })
  const sky = given[`${size}.sky`]!.data as Float32Array
  const expected = given[`${size}.depth`]!.data as Float32Array
  // At the border of the sky either side may be right.
  const sure = (values: Float32Array): Float32Array => values.filter((_, i) => Math.abs(sky[i]! - 0.3) > 1e-4)
  expect(sure(sky).length).toBeGreaterThan(sky.length - 5)
  expect(relative).toMatchObject({ unit: 'relative' })
  expect(apart(sure(relative.map.data), sure(expected))).toBeLessThanOrEqual(LIMIT)
  const metric = await ask('da3', image, {}, { card, size: 'source', focalLength: 450 })
  expect(metric).toMatchObject({ unit: 'meters' })
  expect(apart(sure(metric.map.data), sure(expected.map((value) => value * 1.5)))).toBeLessThanOrEqual(LIMIT)
})

test('averages with the mirrored image, too', async () => {
  const image = imageOf(await numbers('original'), '37x50')
  const asked = { card: TWO_HEADS, size: { width: 42, height: 28 } }
  const [plain, both] = [await ask(ORIGINAL, image, {}, asked), await ask(ORIGINAL, image, {}, { ...asked, flip: true })]
  expect(both.unit).toBe('disparity')
  expect(apart(both.map.data, plain.map.data)).toBeGreaterThan(LIMIT)
})

test('marks what was not seen, and keeps it out of the range', async () => {
  const { map, min } = await ask(ORIGINAL, imageOf(await numbers('original'), '43x31'), {}, { card: TWO_HEADS, size: 28 })
  expect(map.data.filter((value) => value === -1).length).toBeGreaterThan(100)
  expect(min).toBeGreaterThanOrEqual(0)
})

describe('refuses what would give wrong numbers', () => {
  const square: ImageSource = { data: new Uint8Array(28 * 28 * 3), width: 28, height: 28 }
  interface Refused {
    readonly what: string
    readonly path: string
    readonly code: DinokitErrorCode
    readonly says: string
    readonly options?: DepthOptions
    readonly asked?: Asked
  }
  const two: Asked = { card: TWO_HEADS }
  const cases: readonly Refused[] = [
    {
      what: 'a unit that the file contradicts',
      path: ORIGINAL,
      code: 'invalid-option',
      says: 'gives disparity, and meters',
      options: { maxDepth: 20 },
      asked: two,
    },
    {
      what: 'another largest depth than config.json’s',
      path: 'huggingface',
      code: 'invalid-option',
      says: 'gives meters up to 20',
      options: { maxDepth: 80 },
    },
    {
      what: 'a negative largest depth',
      path: 'huggingface',
      code: 'invalid-option',
      says: 'The largest depth is -1',
      options: { maxDepth: -1 },
    },
    { what: 'a DPT without a unit', path: 'dpt-dinov2', code: 'model-unsupported', says: 'Nothing says whether dpt-dinov2 gives meters' },
    {
      what: 'a largest depth of Depth Anything 3',
      path: 'da3',
      code: 'invalid-option',
      says: 'gives depth up to scale',
      options: { maxDepth: 20 },
      asked: two,
    },
    {
      what: 'a negative focal length',
      path: 'da3',
      code: 'invalid-option',
      says: 'The focal length is -3',
      asked: { ...two, focalLength: -3 },
    },
  ]
  test.each(cases)('holds for $what', async ({ path, code, says, options, asked }) => {
    const error: unknown = await ask(path, square, options, asked).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code })
    expect(String(error)).toContain(says)
  })

  test('holds for a depth model as the head of another backbone', async () => {
    const weights = await ownGoldens.read(`depth-anything/${ORIGINAL}`)
    const error: unknown = await open({ heads: { depth: depth({ weights }) } }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'model-unsupported' })
    expect(String(error)).toContain('answers for its own backbone alone')
  })

  test('holds for a unit of the embedded head, which gives meters, and for its focal length', async () => {
    await expect(open({ heads: { depth: depth({ unit: 'disparity' }) } })).rejects.toMatchObject({ code: 'invalid-option' })
    await using vision = await open({ heads: { depth: depth() } })
    await expect(vision.heads.depth(square, { focalLength: 500 })).rejects.toMatchObject({ code: 'invalid-option' })
  })

  test('holds for Depth Anything 3 of which nothing says whether it is Metric', async () => {
    const bytes = await ownGoldens.read('depth-anything/da3/model.safetensors')
    const model = new File([bytes as BlobPart], 'model.safetensors')
    await using vision = await open({ model, card: TWO_HEADS, heads: { depth: depth() } })
    expect(await vision.heads.depth(square)).toMatchObject({ unit: 'relative' })
    await expect(vision.heads.depth(square, { focalLength: 500 })).rejects.toMatchObject({ code: 'invalid-option' })
    await using said = await open({ model, card: TWO_HEADS, heads: { depth: depth({ unit: 'meters' }) } })
    expect(await said.heads.depth(square, { focalLength: 500 })).toMatchObject({ unit: 'meters' })
  })

  test('holds for transformers’ head without its config.json', async () => {
    const bytes = await ownGoldens.read('depth-anything/huggingface/model.safetensors')
    const model = new File([bytes as BlobPart], 'model.safetensors')
    const card: CardFields = { heads: 2, mean: [0.5], std: [0.5] }
    await expect(open({ model, card, heads: { depth: depth() } })).rejects.toMatchObject({ code: 'model-unsupported' })
  })
})
