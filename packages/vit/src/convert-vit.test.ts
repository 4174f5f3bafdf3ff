import { openTensorFile, writeSafetensors } from '@dinokit/checkpoint'
import { bytesSource, IMAGENET_PREPROCESSING, tensor, type CardFields, type ModelCard, type Tensor } from '@dinokit/core'
import { createSession } from '#runtime'
import { golden, hasShared, largestDifference, readShared } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { CARD_KEY } from './carried-card.ts'
import { convertVit } from './convert-vit.ts'
import { inferCard } from './infer-card.ts'
import { resizePatch } from './resize-patch.ts'
import { createVitBackbone, type VitBackbone } from './vit-backbone.ts'

/** Fields that the bare files do not say. */
const CARDS: Readonly<Record<string, CardFields>> = {
  tiny14: { heads: 3, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  'vit-tiny-patch16': { heads: 3, interpolation: 'antialias', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
}

async function openFile(name: string, bytes: Uint8Array, card?: Partial<ModelCard>): Promise<VitBackbone> {
  const file = await openTensorFile(bytesSource(name, bytes))
  return createVitBackbone(file, { ...inferCard(file, { id: name, ...(CARDS[name] && { card: CARDS[name] }) }), ...card })
}

const openShared = async (name: string): Promise<VitBackbone> => openFile(name, await readShared(`models/${name}/model.safetensors`))

async function finalTokens(backbone: VitBackbone, pixels: Tensor<'uint8'>): Promise<Float32Array> {
  const graph = backbone.graph({})
  await using session = await createSession(graph.model)
  return (await session.run(graph.feeds(pixels))).tokens!.data as Float32Array
}

describe.skipIf(!hasShared)('convertVit', () => {
  test('makes models/tiny14 of models/vit-tiny-patch16', async () => {
    const [from, wanted] = [await openShared('vit-tiny-patch16'), await openShared('tiny14')]
    const { mean, std } = IMAGENET_PREPROCESSING
    const { card, tensors } = await convertVit(from, { id: 'tiny14', patch: 14, colors: { mean, std } })
    expect(card.architecture).toEqual(wanted.card.architecture)
    expect(card.preprocessing).toEqual(wanted.card.preprocessing)
    expect(card.parameters).toBe(wanted.card.parameters)
    expect(card.origin).toContain('patch 14')
    const file = await openTensorFile(bytesSource('tiny14', await readShared('models/tiny14/model.safetensors')))
    expect(Object.keys(tensors).sort()).toEqual([...file.tensors.keys()].sort())
    for (const [name, { data, shape }] of Object.entries(tensors)) {
      const stored = file.tensors.get(name)!
      expect(shape, name).toEqual(stored.shape)
      const expected = await stored.readFloat32()
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      // What the conversion computes is within 2e-3; what it only copies is within what 16 bits hold of the largest value.
      const computed = /^(patch_embed|pos_embed|cls_token|mask_token)/.test(name)
      expect(largestDifference(data, expected), name).toBeLessThanOrEqual(computed ? 2e-3 : Math.max(largest, 1) * 2 ** -11)
      expect(largestDifference(data, expected), name).toBeLessThanOrEqual(2e-3 * Math.max(largest, 1))
    }
  })

  test('gives tiny14’s tokens, but for what 16 bits lose', async () => {
    const { mean, std } = IMAGENET_PREPROCESSING
    const { card, tensors } = await convertVit(await openShared('vit-tiny-patch16'), { patch: 14, colors: { mean, std } })
    const converted = await openFile('converted', writeSafetensors(tensors, { [CARD_KEY]: JSON.stringify(card) }))
    expect(converted.card).toEqual(card)
    const { pixels, cls } = await golden('tiny14/00.safetensors')
    const tokens = await finalTokens(converted, tensor('uint8', pixels!.data as Uint8Array, pixels!.shape))
    const expected = cls!.data as Float32Array
    const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
    const found = tokens.subarray(0, 192)
    expect(dot(found, expected) / Math.sqrt(dot(found, found) * dot(expected, expected))).toBeGreaterThan(0.9999)
  })

  test('gives the same tokens of the same image where the colors alone change', async () => {
    const from = await openShared('vit-tiny-patch16')
    const { card, tensors } = await convertVit(from, { colors: { mean: [0.1, 0.2, 0.7], std: [0.3, 0.9, 0.2] } })
    const converted = await openFile('recolored', writeSafetensors(tensors, { [CARD_KEY]: JSON.stringify(card) }))
    expect(converted.card.preprocessing.mean).toEqual([0.1, 0.2, 0.7])
    const { pixels } = await golden('tiny14/02.safetensors')
    const image = tensor('uint8', pixels!.data as Uint8Array, pixels!.shape)
    expect(largestDifference(await finalTokens(converted, image), await finalTokens(from, image))).toBeLessThan(1e-3)
  })

  test('gives the same tensors where nothing is asked for, and the same card but for what was missing', async () => {
    const from = await openShared('tiny14')
    const { card, tensors } = await convertVit(from)
    expect(card).toEqual(from.card)
    for (const [name, { data }] of Object.entries(tensors)) expect(largestDifference(data, await from.parameters.read(name)), name).toBe(0)
  })

  test.each([
    { patch: 0 },
    { patch: 3.5 },
    { patch: 1e9 },
    { positionGrid: [16, -1] as const },
    { colors: { mean: [0, 0, 0], std: [1, 0, 1] } as const },
    { colors: { mean: [0, NaN, 0], std: [1, 1, 1] } as const },
  ])('refuses %o', async (options) => {
    const from = await openShared('tiny14')
    await expect(convertVit(from, options)).rejects.toMatchObject({ code: 'invalid-option' })
  })
})

/** PyTorch's antialiased bicubic resize of a square, by its definition: one weight a pair of pixels. */
function resizeSquare(square: Float64Array, from: number, to: number): Float64Array {
  const kernel = (x: number): number =>
    ((t) => (t < 1 ? 1.5 * t ** 3 - 2.5 * t ** 2 + 1 : t < 2 ? -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2 : 0))(Math.abs(x))
  const wide = Math.max(from / to, 1)
  const matrix = Array.from({ length: to }, (_, i) => {
    const row = Array.from({ length: from }, (_, j) => {
      const [center, reach] = [((i + 0.5) * from) / to, 2 * wide]
      const inside = j >= Math.trunc(center - reach + 0.5) && j < Math.trunc(center + reach + 0.5)
      return inside ? kernel((j + 0.5 - center) / wide) : 0
    })
    const sum = row.reduce((a, b) => a + b)
    return row.map((value) => value / sum)
  })
  return Float64Array.from({ length: to * to }, (_, index) => {
    let sum = 0
    for (let y = 0; y < from; y++)
      for (let x = 0; x < from; x++) sum += matrix[Math.floor(index / to)]![y]! * matrix[index % to]![x]! * square[y * from + x]!
    return sum
  })
}

describe('resizePatch (FlexiViT, equation 3)', () => {
  let state = 7
  const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0) / 2 ** 31
  const values = (length: number): Float32Array => Float32Array.from({ length }, random)
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0)

  test.each([
    [8, 14],
    [14, 16],
    [7, 30],
  ])('keeps the token of an enlarged patch when it is enlarged from %i to %i', (from, to) => {
    const weights = values(from * from)
    const patch = Float64Array.from(values(from * from))
    expect(dot(resizePatch(weights, from, to), resizeSquare(patch, from, to))).toBeCloseTo(dot(weights, patch), 3)
  })

  test.each([
    [16, 14],
    [14, 8],
  ])('finds the kernel with the nearest tokens when it shrinks from %i to %i', (from, to) => {
    const weights = values(from * from)
    const resized = resizePatch(weights, from, to)
    // The squared error over all patches, || B^T w - old ||^2, is least where its gradient B (B^T w - old) is zero.
    const basis = Array.from({ length: from * from }, (_, i) => resizeSquare(new Float64Array(from * from).fill(1, i, i + 1), from, to))
    const errors = basis.map((column, i) => dot(column, resized) - weights[i]!)
    expect(dot(errors, errors)).toBeGreaterThan(0.1)
    for (let i = 0; i < to * to; i++) expect(Math.abs(errors.reduce((sum, error, j) => sum + error * basis[j]![i]!, 0))).toBeLessThan(1e-5)
  })

  test('changes nothing where the size does not', () => {
    const weights = values(2 * 49)
    expect(resizePatch(weights, 7, 7)).toBe(weights)
  })
})
