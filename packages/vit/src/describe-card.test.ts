import { openTensorFile, writeSafetensors, type TensorFile } from '@dinokit/checkpoint'
import { bytesSource, parseCardFields, tensor, type AnyTensor, type ModelCard } from '@dinokit/core'
import { createSession } from '#runtime'
import { largestDifference, ownGoldens } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { canonicalFile } from './forms/canonical-file.ts'
import { describeCard, type InferCardOptions } from './infer-card.ts'
import { selectWeights } from './forms/select-weights.ts'
import { createVitBackbone } from './vit-backbone.ts'

const TOLERANCE = 1e-4
const expected = await ownGoldens.tensors('cards/expected.safetensors')
const images = await ownGoldens.tensors('checkpoints/images.safetensors')
const json = async (name: string): Promise<Record<string, Record<string, unknown>>> =>
  JSON.parse(new TextDecoder().decode(await ownGoldens.read(`cards/${name}.json`))) as Record<string, Record<string, unknown>>
const configs = await json('configs')
const timmConfig = await json('timm')

async function fileOf(name: string, weights?: string): Promise<TensorFile> {
  return canonicalFile(selectWeights(await openTensorFile(bytesSource(name, await ownGoldens.read(`cards/${name}`))), weights))
}

/** The tokens of one of the golden images, by a card. */
async function tokensOf(file: TensorFile, card: ModelCard, size: string): Promise<Float32Array> {
  const { data, shape } = images[size]!
  const [, height, width] = shape as [number, number, number]
  const graph = (await createVitBackbone(file, card)).graph({})
  await using session = await createSession(graph.model)
  return (await session.run(graph.feeds(tensor('uint8', data as Uint8Array, [1, height, width, 3])))).tokens!.data as Float32Array
}

const IMAGENET = 'mean=0.485,0.456,0.406,std=0.229,0.224,0.225'
const own: Record<string, unknown> = configs.own!

type Case = readonly [what: string, file: string, about: Omit<InferCardOptions, 'id'>, expected: string, weights?: string]

/** Files that do not say what their network is, with what does: the tokens are those of the file's own library. */
const RIGHT: readonly Case[] = [
  ['a model of transformers', 'huggingface.safetensors', { config: own }, 'huggingface.gelu'],
  ['DPT around it, whose own heads are others', 'huggingface.safetensors', { config: configs.dpt! }, 'huggingface.gelu'],
  ['DPT with nulls at the top', 'huggingface.safetensors', { config: configs['dpt-nulls']! }, 'huggingface.gelu'],
  ['Mask2Former around it', 'huggingface.safetensors', { config: configs.mask2former! }, 'huggingface.gelu'],
  ...['gelu_pytorch_tanh', 'quick_gelu', 'silu', 'relu'].map((name): Case => [
    `hidden_act ${name}`,
    'huggingface.safetensors',
    { config: { ...own, hidden_act: name } },
    `huggingface.${name}`,
  ]),
  [
    'all of it said',
    'huggingface.safetensors',
    { card: parseCardFields(`heads=16,eps=1e-3,activation=relu,${IMAGENET}`) },
    'huggingface.relu',
  ],
  ['timm’s, by the name of its architecture', 'timm.safetensors', { config: timmConfig }, 'timm'],
  ['timm’s, bare', 'timm.safetensors', { card: parseCardFields('heads=16,interpolation=antialias,mean=0.5,std=0.5') }, 'timm'],
  ['a student beside its teacher', 'two.pth', { config: own }, 'student', 'student'],
  ['a teacher beside its student', 'two.pth', { config: own }, 'teacher', 'teacher'],
]

describe.each(RIGHT.map(([what, name, about, golden, weights]) => ({ what, name, about, golden, weights })))('$what', (each) => {
  const { name, about, golden, weights } = each
  test('gives its library’s own tokens', async () => {
    const file = await fileOf(name, weights)
    const { card } = describeCard(file, { id: 'mine', ...about })
    for (const size of ['square', 'wide']) {
      const tokens = await tokensOf(file, card, size)
      expect(largestDifference(tokens, expected[`${golden}.${size}`]!.data as Float32Array), size).toBeLessThanOrEqual(TOLERANCE)
    }
  })
})

/** The same files without what says it: each refused, with the words that would settle it. */
const REFUSED: readonly (readonly [what: string, file: string, about: Omit<InferCardOptions, 'id'>, message: RegExp])[] = [
  ['transformers’ names alone', 'huggingface.safetensors', {}, /--card heads=N,mean=R,G,B,std=R,G,B, such as --card heads=1,/],
  ['timm’s names alone', 'timm.safetensors', {}, /--card heads=N,interpolation=NAME,mean=R,G,B,std=R,G,B.*offset \(Meta/],
  ['timm’s names with heads said', 'timm.safetensors', { card: { heads: 16 } }, /--card interpolation=NAME,mean=R,G,B,std=R,G,B/],
  [
    'an architecture that timm does not have',
    'timm.safetensors',
    { config: { ...timmConfig, architecture: 'vit_own' } },
    /timm 1\.0\.31 has no vision transformer vit_own.*--card heads=N,/s,
  ],
  ['an unknown activation', 'huggingface.safetensors', { config: { ...own, hidden_act: 'mish' } }, /mish.*gelu/s],
  ['a configuration of another width', 'huggingface.safetensors', { config: { ...own, hidden_size: 64 } }, /hidden_size 64.*32/s],
  ['a configuration of another depth', 'huggingface.safetensors', { config: { ...own, num_hidden_layers: 3 } }, /num_hidden_layers 3.*2/s],
  ['heads that do not divide', 'huggingface.safetensors', { config: { ...own, num_attention_heads: 5 } }, /32.*5 heads/s],
]

test.each(REFUSED)('rejects %s, by name', async (_, name, about, message) => {
  const file = await fileOf(name)
  const describing = (): unknown => describeCard(file, { id: 'mine', ...about })
  expect(describing).toThrow(expect.objectContaining({ code: 'model-unsupported' }))
  expect(describing).toThrow(message)
})

test.each([
  ['BitImageProcessor', 'pillow', 'assumed'],
  ['BitImageProcessorPil', 'pillow', 'config'],
  ['BitImageProcessorFast', 'torchvision', 'config'],
])('takes from %s that %s resizes', async (image_processor_type, resampler, source) => {
  const preprocessor = { image_processor_type, crop_size: { height: 224, width: 224 }, image_mean: [0, 0, 0] }
  const { card, sources } = describeCard(await fileOf('huggingface.safetensors'), { id: 'mine', config: own, preprocessor })
  expect([card.preprocessing.resampler ?? 'pillow', sources['preprocessing.resampler']]).toEqual([resampler, source])
  expect(card.preprocessing).toMatchObject({ crop: 224, cropStart: 'floor', mean: [0, 0, 0] })
})

test('rejects two backbones in one file, naming both, and a choice that is neither', async () => {
  const file = await openTensorFile(bytesSource('two.pth', await ownGoldens.read('cards/two.pth')))
  const { card } = describeCard(selectWeights(file, 'teacher'), { id: 'mine', config: own })
  expect(() => selectWeights(file)).toThrow(/student\.backbone\.\*, teacher\.backbone\.\*.*--weights student, or --weights teacher/s)
  await expect(createVitBackbone(file, card)).rejects.toMatchObject({ code: 'model-unsupported' })
  expect(() => selectWeights(file, 'ema')).toThrow(expect.objectContaining({ code: 'invalid-option' }))
})

describe('names and shapes of the published DINOv2 small', () => {
  const zeros = (...shape: number[]): AnyTensor => tensor('float16', new Uint16Array(shape.reduce((a, b) => a * b, 1)), shape)
  const fileWith = (masks: boolean, side = 37): Promise<TensorFile> => {
    const blocks = Array.from({ length: 12 }, (_, block) => [`blocks.${block}.norm1.weight`, zeros(384)] as const)
    const tensors = {
      cls_token: zeros(1, 1, 384),
      pos_embed: zeros(1, 1 + side * side, 384),
      'patch_embed.proj.weight': zeros(384, 3, 14, 14),
      'blocks.0.mlp.fc1.weight': zeros(1536, 384),
      'blocks.0.mlp.fc2.weight': zeros(384, 1536),
      ...Object.fromEntries(blocks),
      ...(masks && { mask_token: zeros(1, 384) }),
    }
    return openTensorFile(bytesSource('x.safetensors', new Uint8Array(writeSafetensors(tensors))))
  }

  test('are enough, and what is taken is said to be assumed', async () => {
    const { card, sources } = describeCard(await fileWith(true), { id: 'x' })
    expect(card.architecture).toMatchObject({ heads: 6, layerNormEps: 1e-6 })
    expect(card.interpolation).toBe('offset')
    expect(sources).toMatchObject({
      'architecture.dim': 'shapes',
      'architecture.heads': 'assumed',
      'architecture.layerNormEps': 'assumed',
      interpolation: 'names',
      'preprocessing.mean': 'assumed',
    })
  })

  test('are not without the mask token, nor on another grid', async () => {
    const withoutMask = await fileWith(false)
    const smallGrid = await fileWith(true, 16)
    expect(() => describeCard(withoutMask, { id: 'x' })).toThrow(/--card heads=N,interpolation=NAME,mean=/)
    expect(() => describeCard(smallGrid, { id: 'x' })).toThrow(/--card heads=N,mean=/)
  })

  test('are enough with the config.yaml of Meta’s training beside', async () => {
    const training =
      'student:\n  arch: vit_small\n  patch_size: 14\n  interpolate_offset: 0.1\n  interpolate_antialias: false\nteacher:\n  x: 1\n'
    const { card, sources } = describeCard(await fileWith(true, 16), { id: 'x', training })
    expect([card.architecture.heads, card.interpolation, sources['architecture.heads']]).toEqual([6, 'offset', 'config'])
  })
})

describe('names and shapes of backbones of other fields, in timm’s form', () => {
  interface Shape {
    readonly dim: number
    readonly depth: number
    readonly patch: number
    readonly inner: readonly [first: number, second: number]
    readonly registers?: number
    readonly positions: number
  }
  const fileOf = ({ dim, depth, patch, inner: [first, second], registers, positions }: Shape): TensorFile => {
    const shapes: Record<string, readonly number[]> = {
      cls_token: [1, 1, dim],
      pos_embed: [1, positions, dim],
      'patch_embed.proj.weight': [dim, 3, patch, patch],
      'blocks.0.ls1.gamma': [dim],
      'blocks.0.mlp.fc1.weight': [first, dim],
      'blocks.0.mlp.fc2.weight': [dim, second],
      'norm.weight': [dim],
      ...(registers !== undefined && { reg_token: [1, registers, dim] }),
      ...Object.fromEntries(Array.from({ length: depth }, (_, block) => [`blocks.${block}.norm1.weight`, [dim]])),
    }
    const tensors = new Map(Object.entries(shapes).map(([name, shape]) => [name, { name, shape }]))
    return { name: 'x.bin', metadata: {}, tensors } as unknown as TensorFile
  }
  const UNI2: Shape = { dim: 1536, depth: 24, patch: 14, inner: [8192, 4096], registers: 8, positions: 256 }
  const VIRCHOW: Shape = { dim: 1280, depth: 32, patch: 14, inner: [6832, 3416], positions: 257 }
  const VIRCHOW2: Shape = { ...VIRCHOW, registers: 4, positions: 256 }
  const UNI: Shape = { dim: 1024, depth: 24, patch: 16, inner: [4096, 4096], positions: 197 }
  const OPTIMUS: Shape = { dim: 1536, depth: 40, patch: 14, inner: [8192, 4096], registers: 4, positions: 256 }
  const colors = { input_size: [3, 224, 224], crop_pct: 1, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }

  test.each([
    ['UNI2-h', UNI2, { architecture: 'vit_giant_patch14_224', pretrained_cfg: colors }, 24, undefined],
    ['Virchow', VIRCHOW, { architecture: 'vit_huge_patch14_224', pretrained_cfg: colors }, 16, 'class-and-mean'],
    ['Virchow2', VIRCHOW2, { architecture: 'vit_huge_patch14_224', pretrained_cfg: colors }, 16, 'class-and-mean'],
    ['UNI', UNI, { architecture: 'vit_large_patch16_224', pretrained_cfg: colors }, 16, undefined],
    ['H-optimus-0', OPTIMUS, { architecture: 'vit_giant_patch14_reg4_dinov2', pretrained_cfg: colors }, 24, undefined],
  ] as const)('give the heads and the embedding of %s with its configuration', (...[, shape, config, heads, embedding]) => {
    const { card } = describeCard(fileOf(shape), { id: 'x', config })
    expect([card.architecture.heads, card.embedding, card.interpolation]).toEqual([heads, embedding, 'antialias'])
    expect(card.preprocessing).toMatchObject({ shortest: 224, crop: 224 })
  })

  test('are enough of UNI2-h and Virchow2, as assumed; Virchow’s lack the resampling of positions', () => {
    for (const shape of [UNI2, VIRCHOW2]) {
      const { card, sources } = describeCard(fileOf(shape), { id: 'x' })
      expect(card.preprocessing).toMatchObject({ shortest: 256, crop: 224, mean: colors.mean })
      expect(sources['architecture.heads']).toBe('assumed')
    }
    expect(() => describeCard(fileOf(VIRCHOW), { id: 'x' })).toThrow(/--card interpolation=NAME, such as/)
  })

  test.each([
    ['UNI, whose shapes DeiT III has too', UNI],
    ['H-optimus-0, whose colors are its own', OPTIMUS],
  ])('are not enough of %s', (_, shape) => {
    expect(() => describeCard(fileOf(shape), { id: 'x' })).toThrow(/--card heads=N,/)
  })
})
