import { openTensorFile, writeSafetensors, type TensorFile } from '@dinokit/checkpoint'
import { bytesSource, DinokitError, tensor, type AnyTensor, type BackboneTokens, type ModelCard, type Pixels } from '@dinokit/core'
import { createSession } from '#runtime'
import { golden, hasShared, largestDifference, readShared, sharedGoldens } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { inferCard } from './infer-card.ts'
import { openGolden } from './testing/open-golden.ts'
import { plainForward } from './testing/plain-forward.ts'
import { createVitBackbone } from './vit-backbone.ts'

/** Fields that timm’s bare files do not say. */
const AUGREG = { heads: 3, interpolation: 'antialias', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const

const fileOf = (name: string, bytes: Uint8Array): Promise<TensorFile> => openTensorFile(bytesSource(name, bytes))

async function tokensOf(file: TensorFile, card: ModelCard, { data, width, height }: Pixels): Promise<BackboneTokens> {
  const backbone = await createVitBackbone(file, card)
  const graph = backbone.graph({})
  await using session = await createSession(graph.model)
  const outputs = await session.run(graph.feeds(tensor('uint8', data, [1, height, width, 3])))
  const { patch } = card.architecture
  return graph.read(outputs, 1, [height / patch, width / patch])[0]!
}

describe.skipIf(!hasShared)('models/vit-tiny-patch16', async () => {
  const file = hasShared ? await fileOf('vit-tiny.safetensors', await readShared('models/vit-tiny-patch16/model.safetensors')) : undefined!

  test('gives a card of patch 16, no LayerScale, the size of its positions', () => {
    const card = inferCard(file, { id: 'vit-tiny', card: AUGREG })
    expect(card.architecture).toEqual({
      patch: 16,
      dim: 192,
      depth: 12,
      heads: 3,
      ffn: 'mlp',
      ffnHidden: 768,
      registers: 0,
      positionGrid: [14, 14],
      layerNormEps: 1e-6,
    })
    expect(card.interpolation).toBe('antialias')
    expect(card.preprocessing).toEqual({ shortest: 256, crop: 224, filter: 'bicubic', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] })
    // The checkpoint's own elements less the head's: 192 * 1000 weights and 1000 biases.
    const elements = [...file.tensors.values()].reduce((sum, { byteLength }) => sum + byteLength / 2, 0)
    expect(card.parameters).toBe(elements - 193_000)
  })

  test('takes mean, deviation and crop from timm’s config.json', () => {
    const config = {
      architecture: 'vit_tiny_patch16_224',
      pretrained_cfg: { mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6], crop_pct: 0.9, input_size: [3, 224, 224], interpolation: 'bilinear' },
    }
    const { preprocessing, architecture, interpolation } = inferCard(file, { id: 'vit-tiny', config })
    expect([architecture.heads, interpolation]).toEqual([3, 'antialias'])
    expect(preprocessing).toEqual({ shortest: 248, crop: 224, filter: 'bilinear', mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6] })
  })

  test('gives the tokens of a plain forward pass in float64', async () => {
    const { pixels } = await golden('tiny14/00.safetensors')
    const bytes = pixels!.data as Uint8Array
    const expected = await plainForward(file, bytes, { patch: 16, heads: 3, mean: 0.5, std: 0.5 })
    const { cls, patches } = await tokensOf(file, inferCard(file, { id: 'vit-tiny', card: AUGREG }), {
      data: bytes,
      width: 224,
      height: 224,
    })
    expect(patches.shape).toEqual([14, 14, 192])
    expect(largestDifference(cls.data, expected[0]!)).toBeLessThan(1e-3)
    expect(
      largestDifference(
        patches.data,
        expected.slice(1).flatMap((row) => [...row]),
      ),
    ).toBeLessThan(1e-3)
  })
})

/** Meta's tensors as timm's checkpoint_filter_fn leaves them. */
async function asTimm(variant: string): Promise<Uint8Array> {
  const meta = await fileOf('meta.pth', await readShared(`golden/backbone/${variant}/meta.pth`))
  const registers = variant.includes('reg4')
  const tensors: Record<string, AnyTensor> = {}
  for (const [name, stored] of meta.tensors) {
    if (name === 'mask_token') continue
    const values = await stored.readFloat32()
    const timm = name.replace('register_tokens', 'reg_token').replace('mlp.w12', 'mlp.fc1').replace('mlp.w3', 'mlp.fc2')
    tensors[timm] = tensor('float32', values, stored.shape)
  }
  if (registers) {
    // With registers timm keeps no position for CLS: it is added to CLS.
    const { data, shape } = tensors.pos_embed!
    const [, positions, dim] = shape as [number, number, number]
    const cls = tensors.cls_token!.data as Float32Array
    tensors.cls_token = tensor(
      'float32',
      cls.map((value, i) => value + Number(data[i])),
      [1, 1, dim],
    )
    tensors.pos_embed = tensor('float32', (data as Float32Array).slice(dim), [1, positions - 1, dim])
  }
  return writeSafetensors(tensors)
}

describe.skipIf(!hasShared).each(['mlp', 'mlp-reg4', 'swiglu', 'swiglu-reg4'])('golden/backbone/%s in timm’s names', (variant) => {
  test('gives the same card and the reference’s tokens', async () => {
    const { card } = await openGolden(sharedGoldens, variant, 'meta.pth', 'meta')
    const file = await fileOf('timm.safetensors', await asTimm(variant))
    const { heads } = card.architecture
    const inferred = inferCard(file, {
      id: variant,
      card: { ...AUGREG, heads, mean: card.preprocessing.mean, std: card.preprocessing.std },
    })
    const { patch, dim, depth, ffn, ffnHidden, registers, positionGrid, layerNormEps } = card.architecture
    expect(inferred.architecture).toEqual({ patch, dim, depth, heads, ffn, ffnHidden, registers, positionGrid, layerNormEps })
    expect(inferred.interpolation).toBe('antialias')
    const expected = await golden(`backbone/${variant}/98x154.safetensors`)
    const [, height, width] = expected.pixels!.shape as [number, number, number]
    const data = (expected.pixels!.data as Uint8Array).subarray(0, height * width * 3)
    // Without registers the expected tokens are by Meta's own interpolation, which timm's files don't ask for.
    const { cls, patches } = await tokensOf(file, { ...inferred, interpolation: card.interpolation }, { data, width, height })
    expect(largestDifference(cls.data, (expected.cls!.data as Float32Array).subarray(0, dim))).toBeLessThanOrEqual(1e-4)
    expect(largestDifference(patches.data, (expected.patches!.data as Float32Array).subarray(0, patches.data.length))).toBeLessThanOrEqual(
      1e-4,
    )
  })
})

test('rejects timm’s other vision transformers by what they have more', async () => {
  const ones = (...shape: number[]): AnyTensor => tensor('float32', new Float32Array(shape.reduce((a, b) => a * b, 1)), shape)
  const file = await fileOf(
    'clip.safetensors',
    writeSafetensors({ cls_token: ones(1, 1, 64), pos_embed: ones(1, 5, 64), 'norm_pre.weight': ones(64) }),
  )
  expect(() => inferCard(file, { id: 'clip' })).toThrow(DinokitError)
  expect(() => inferCard(file, { id: 'clip' })).toThrow('norm_pre.weight')
})
