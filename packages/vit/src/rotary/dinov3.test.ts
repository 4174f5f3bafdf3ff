import { computedTensor, openTensorFile, type StoredTensor, type TensorFile } from '@dinokit/checkpoint'
import {
  bytesSource,
  normalize,
  preprocess,
  tensor,
  type BackboneTokens,
  type CardFields,
  type ModelCard,
  type OutputRequest,
} from '@dinokit/core'
import { createSession } from '#runtime'
import { largestDifference, ownGoldens, type GoldenTensor } from '@dinokit/testing'
import { expect, test } from 'vitest'
import { canonicalFile } from '../forms/canonical-file.ts'
import { inferCard } from '../infer-card.ts'
import { createVitBackbone } from '../vit-backbone.ts'
import { processorFields } from '../lib/infer-preprocessing.ts'
import { rotaryFile } from './rotary-file.ts'

/** Largest absolute difference to the library's own tokens. */
const LIMIT = 1e-4
const PATCH = 8
const COLORS = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const satisfies CardFields

async function openModel(name: string): Promise<TensorFile> {
  return openTensorFile(bytesSource(name, await ownGoldens.read(`dinov3/${name}/model.safetensors`)))
}

async function json(name: string): Promise<Record<string, unknown>> {
  return JSON.parse(new TextDecoder().decode(await ownGoldens.read(name))) as Record<string, unknown>
}

/** The card by what stands beside a model in its library's folders: nothing for Meta's. */
async function cardOf(file: TensorFile, name: string, card: CardFields): Promise<ModelCard> {
  return inferCard(file, {
    id: name,
    card,
    ...(!name.startsWith('meta') && { config: await json(`dinov3/${name}/config.json`) }),
    ...(name.startsWith('huggingface') && { preprocessor: await json(`dinov3/${name}/preprocessor_config.json`) }),
  })
}

/** Runs a model of goldens/make_dinov3.py on both images; its tokens, and the card that was inferred. */
async function run(
  name: string,
  request: OutputRequest = {},
  card: CardFields = {},
): Promise<{ readonly card: ModelCard; readonly tokens: Record<string, BackboneTokens> }> {
  const file = canonicalFile(await rotaryFile(await openModel(name)))
  const backbone = await createVitBackbone(file, await cardOf(file, name, card))
  const graph = backbone.graph(request)
  await using session = await createSession(graph.model)
  const { dim, heads } = backbone.card.architecture
  if ('document' in globalThis) expect(session.engine.name).toMatch((dim / heads) % 8 === 0 ? /^dinokit kernels/ : /^onnxruntime-web/)
  const tokens: Record<string, BackboneTokens> = {}
  for (const [size, { data, shape }] of Object.entries(await ownGoldens.tensors('checkpoints/images.safetensors'))) {
    const grid = [shape[1]! / PATCH, shape[2]! / PATCH] as const
    const [read] = graph.read(await session.run(graph.feeds(tensor('uint8', data as Uint8Array, shape))), 1, grid)
    tokens[size] = read!
  }
  await backbone.close()
  return { card: backbone.card, tokens }
}

function inOne({ cls, registers, patches }: Pick<BackboneTokens, 'cls' | 'registers' | 'patches'>): Float32Array {
  return Float32Array.from([...cls.data, ...registers.data, ...patches.data])
}

const expectedOf = (name: string): Promise<Record<string, GoldenTensor>> => ownGoldens.tensors(`dinov3/${name}/expected.safetensors`)

test.each([
  ['Meta’s code, periods in bfloat16', 'meta', 'rotary-bfloat16', COLORS],
  ['Meta’s code, SwiGLU, periods in float32', 'meta-swiglu', 'rotary', COLORS],
  ['transformers', 'huggingface', 'rotary', {}],
  ['transformers 5 in memory, SwiGLU', 'huggingface-gated', 'rotary', {}],
  ['timm, biases of queries and values', 'timm-biased', 'rotary', {}],
  ['timm, SwiGLU, no biases', 'timm-swiglu', 'rotary', {}],
] as const)('gives the tokens of %s', async (_, name, interpolation, colors) => {
  const expected = await expectedOf(name)
  const { card, tokens } = await run(name, {}, colors)
  expect(card).toMatchObject({ interpolation, architecture: { heads: 2, registers: 4, layerNormEps: 1e-5, positionGrid: [0, 0] } })
  for (const size of ['square', 'wide']) {
    expect(largestDifference(inOne(tokens[size]!), expected[size]!.data as Float32Array), size).toBeLessThanOrEqual(LIMIT)
  }
})

test('gives layers, attention, and queries and keys before they are rotated, as transformers does', async () => {
  const expected = await expectedOf('huggingface')
  const { tokens } = await run('huggingface', { rawLayers: [1], attention: [2], facets: [2] })
  for (const [size, { rawLayers, attention, facets }] of Object.entries(tokens)) {
    const given = { raw1: inOne(rawLayers[1]!), attention2: attention[2]!.data, query2: facets[2]!.query.data, key2: facets[2]!.key.data }
    for (const [part, data] of Object.entries(given)) {
      expect(largestDifference(data, expected[`${size}.${part}`]!.data as Float32Array), `${size} ${part}`).toBeLessThanOrEqual(LIMIT)
    }
  }
})

/** A checkpoint with some tensors changed; undefined takes one away. */
async function changed(name: string, tensors: Readonly<Record<string, StoredTensor | undefined>>): Promise<TensorFile> {
  const file = await openModel(name)
  const all = new Map(file.tensors)
  for (const [key, tensor] of Object.entries(tensors)) {
    if (tensor) all.set(key, tensor)
    else all.delete(key)
  }
  return { ...file, tensors: all }
}

const values = (name: string, ...numbers: number[]): StoredTensor =>
  computedTensor(name, [numbers.length], async (start, end) => Float32Array.from(numbers.slice(start, end)))

test.each([
  ['rotary periods of neither family', { 'rope_embed.periods': values('rope_embed.periods', 1, 5, 25) }, /1\.0000, 5\.0000, 25\.000/],
  ['norms of their own for class tokens', { 'cls_norm.weight': values('cls_norm.weight', 1) }, /cls_norm\.weight/],
] as const)('rejects %s', async (_, tensors, message) => {
  await expect(rotaryFile(await changed('meta', tensors))).rejects.toMatchObject({
    code: 'model-unsupported',
    message: expect.stringMatching(message) as string,
  })
})

test('rejects what nothing says: heads of an unknown size, colors of what may be a model of satellite images', async () => {
  const bare = canonicalFile(await rotaryFile(await changed('timm-biased', {})))
  expect(() => inferCard(bare, { id: 'x' })).toThrow(/does not say its attention heads, mean, standard deviation/)
  expect(inferCard(bare, { id: 'x', card: { heads: 4, ...COLORS } }).architecture.heads).toBe(4)
  const local = canonicalFile(await rotaryFile(await openModel('meta')))
  expect(() => inferCard(local, { id: 'x' })).toThrow(/does not say its mean, standard deviation/)
})

test('takes what is published of a known size, and colors only where no model of satellite images is as large', async () => {
  const sized = async (dim: number, depth: number, hidden: number, registers: string): Promise<TensorFile> => {
    const row = (length: number): number[] => [length]
    const shapes: Record<string, number[]> = {
      cls_token: [1, 1, dim],
      [registers]: [1, 4, dim],
      'patch_embed.proj.weight': [dim, 3, 16, 16],
      'norm.weight': row(dim),
      ...Object.fromEntries(Array.from({ length: depth }, (_, block) => [`blocks.${block}.norm1.weight`, row(dim)])),
      'blocks.0.mlp.fc1.weight': [hidden, dim],
      ...(registers === 'reg_token' && { 'blocks.0.gamma_1': row(dim) }),
    }
    const file = await openModel('meta')
    const tensors = new Map(
      Object.entries(shapes).map(([key, shape]) => [
        key,
        computedTensor(key, shape, (start, end) => Promise.resolve(new Float32Array(end - start))),
      ]),
    )
    if (registers === 'storage_tokens') {
      const periods = Array.from({ length: 16 }, (_, i) => 100 ** (i / 16))
      tensors.set('rope_embed.periods', values('rope_embed.periods', ...periods))
    }
    return canonicalFile(await rotaryFile({ ...file, tensors }))
  }
  const small = inferCard(await sized(384, 12, 1536, 'reg_token'), { id: 'small' })
  expect(small).toMatchObject({
    architecture: { heads: 6, layerNormEps: 1e-5 },
    preprocessing: { ...COLORS, crop: 256, filter: 'bicubic' },
  })
  const large = inferCard(await sized(1024, 24, 4096, 'storage_tokens'), { id: 'large' })
  expect(large).toMatchObject({ architecture: { heads: 16 }, preprocessing: { ...COLORS, aspect: 'squash', filter: 'bilinear' } })
  const either = await sized(1024, 24, 4096, 'reg_token')
  expect(() => inferCard(either, { id: 'either' })).toThrow(/does not say its mean, standard deviation/)
})

test.each([
  ['another base of the rotations', { rope_theta: 10_000 }],
  ['another gate', { use_gated_mlp: true, hidden_act: 'gelu' }],
])('rejects a configuration with %s', async (_, config) => {
  const file = canonicalFile(await rotaryFile(await openModel('huggingface-gated')))
  const known = await json('dinov3/huggingface-gated/config.json')
  expect(() => inferCard(file, { id: 'x', config: { ...known, ...config }, card: COLORS })).toThrow(/which dinokit does not compute/)
})

test.each([
  [
    'transformers’ processor, which resizes floats',
    'huggingface',
    processorFields('x', { image_processor_type: 'DINOv3ViTImageProcessor' }),
  ],
  ['Meta’s transform, which resizes bytes', 'meta', { resampler: 'torchvision' }],
] as const)('prepares images as %s', async (_, name, fields) => {
  const [width, height, side] = [333, 251, 48]
  const image = { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 31) % 251) }
  const preprocessing = { ...COLORS, shortest: side, crop: side, aspect: 'squash', filter: 'bilinear', ...fields } as const
  const { pixels } = preprocess(image, { preprocessing, patch: PATCH })
  const expected = (await ownGoldens.tensors('dinov3/prepared.safetensors'))[name]!
  expect(largestDifference(normalize(pixels, preprocessing).data, expected.data as Float32Array)).toBeLessThanOrEqual(1e-5)
  expect(pixels.unrounded !== undefined).toBe(name === 'huggingface')
})

test('leaves other checkpoints as they are', async () => {
  const file = await openTensorFile(bytesSource('meta.pth', await ownGoldens.read('backbone/mlp/meta.pth')))
  expect(await rotaryFile(file)).toBe(file)
})
