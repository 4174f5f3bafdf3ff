import { openTensorFile, writeSafetensors } from '@dinokit/checkpoint'
import { bytesSource, tensor, type AnyTensor } from '@dinokit/core'
import { createGraphBuilder, encodeModel } from '@dinokit/onnx'
import { createSession } from '#runtime'
import { largestDifference } from '@dinokit/testing'
import { createVitBackbone } from '@dinokit/vit'
import { expect, test } from 'vitest'
import { initialVit } from './initial-vit.ts'
import { trainableVit } from './trainable-vit.ts'
import { smallCard } from '../testing/small-card.ts'

const CARD = smallCard(70, { registers: 3 })

const pixelsOf = (batch: number, side: number): AnyTensor =>
  tensor(
    'uint8',
    Uint8Array.from({ length: batch * side * side * 3 }, (_, i) => (i * 2654435761) >>> 24),
    [batch, side, side, 3],
  )

test.each([
  ['stored positions', CARD],
  ['rotary positions', smallCard(70, { registers: 4, positionGrid: [0, 0] }, 'rotary-bfloat16')],
])('gives two sizes of images in one training graph the tokens that inference gives of the same checkpoint: %s', async (_, card) => {
  const parameters = initialVit(card.architecture, 1, { layerScale: 0.7 })
  const g = createGraphBuilder('twice')
  const values = Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, g.input(name, 'float32', shape)]))
  const vit = trainableVit(g, card, values)
  for (const side of [70, 42]) {
    const pixels = g.input(`pixels${side}`, 'uint8', ['batch', side, side, 3])
    const mask = g.input(`mask${side}`, 'bool', ['batch', (side / 14) ** 2])
    for (const fused of [false, true]) {
      const { cls, patches } = vit.tokens(pixels, [side, side], { mask, fused })
      g.output(`cls${side}${fused}`, cls, 'float32', ['batch', 32])
      g.output(`patches${side}${fused}`, patches, 'float32', ['batch', (side / 14) ** 2, 32])
    }
  }
  const feeds: Record<string, AnyTensor> = { ...parameters }
  for (const side of [70, 42]) {
    const count = (side / 14) ** 2
    feeds[`pixels${side}`] = pixelsOf(2, side)
    feeds[`mask${side}`] = tensor(
      'bool',
      Uint8Array.from({ length: 2 * count }, (_, i) => (i % 3 === 0 ? 1 : 0)),
      [2, count],
    )
  }
  await using session = await createSession(encodeModel(g.build()))
  const results = await session.run(feeds)

  const backbone = await createVitBackbone(await openTensorFile(bytesSource('small.safetensors', writeSafetensors(parameters))), card)
  const plain = backbone.graph({ masks: true })
  await using inference = await createSession(plain.model)
  for (const side of [70, 42]) {
    const given = plain.feeds(feeds[`pixels${side}`] as never, feeds[`mask${side}`] as never)
    const expected = plain.read(await inference.run(given), 2, [side / 14, side / 14])
    for (const fused of [false, true]) {
      const [cls, patches] = ['cls', 'patches'].map((name) => results[`${name}${side}${fused}`]!)
      expected.forEach((tokens, index) => {
        const part = ({ data, shape }: AnyTensor): Float32Array => {
          const size = shape.slice(1).reduce((product, length) => product * length, 1)
          return (data as Float32Array).subarray(index * size, (index + 1) * size)
        }
        expect(largestDifference(part(cls!), tokens.cls.data)).toBeLessThanOrEqual(1e-5)
        expect(largestDifference(part(patches!), tokens.patches.data)).toBeLessThanOrEqual(1e-5)
      })
    }
  }
  await backbone.close()
})

test('multiplies each image’s branches by stochastic depth, as LayerScale would', async () => {
  const parameters = initialVit(CARD.architecture, 1, { layerScale: 0.7 })
  const g = createGraphBuilder('kept')
  const values = Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, g.input(name, 'float32', shape)]))
  const pixels = g.input('pixels', 'uint8', ['batch', 42, 42, 3])
  const kept = g.input('kept', 'float32', [4, 'batch'])
  g.output('cls', trainableVit(g, CARD, values).tokens(pixels, [42, 42], { kept }).cls, 'float32', ['batch', 32])
  await using session = await createSession(encodeModel(g.build()))
  const run = async (factors: readonly number[], scaled: Record<string, number> = {}): Promise<Float32Array> => {
    const feeds = Object.fromEntries(
      Object.entries(parameters).map(([name, { data, shape }]) => [
        name,
        tensor(
          'float32',
          data.map((x) => x * (scaled[name] ?? 1)),
          shape,
        ),
      ]),
    )
    const cls = (await session.run({ ...feeds, pixels: pixelsOf(2, 42), kept: tensor('float32', Float32Array.from(factors), [4, 2]) })).cls!
    return cls.data as Float32Array
  }
  const [plain, dropped] = [await run([1, 1, 1, 1, 1, 1, 1, 1]), await run([1, 0, 1, 2, 1, 0, 1, 2])]
  const scaled = await run([1, 1, 1, 1, 1, 1, 1, 1], {
    'blocks.0.ls1.gamma': 0,
    'blocks.0.ls2.gamma': 2,
    'blocks.1.ls1.gamma': 0,
    'blocks.1.ls2.gamma': 2,
  })
  expect(largestDifference(dropped.subarray(0, 32), plain.subarray(0, 32))).toBeLessThanOrEqual(1e-5)
  expect(largestDifference(dropped.subarray(32), scaled.subarray(32))).toBeLessThanOrEqual(1e-5)
  expect(largestDifference(dropped.subarray(32), plain.subarray(32))).toBeGreaterThan(0.01)
})

test('starts an untrained network from the reference’s distributions, the same for the same seed', () => {
  const initial = initialVit(CARD.architecture, 3)
  expect(initialVit(CARD.architecture, 3)).toEqual(initial)
  expect(initialVit(CARD.architecture, 4)).not.toEqual(initial)
  const deviation = (name: string): number => Math.hypot(...initial[name]!.data) / Math.sqrt(initial[name]!.data.length)
  expect(deviation('blocks.0.attn.qkv.weight')).toBeCloseTo(0.02, 3)
  expect(deviation('patch_embed.proj.weight')).toBeCloseTo(1 / Math.sqrt(3 * 196) / Math.sqrt(3), 3)
  expect(deviation('blocks.1.norm2.weight')).toBe(1)
  expect(deviation('blocks.1.ls1.gamma')).toBeCloseTo(1e-5, 9)
  expect(deviation('mask_token')).toBe(0)
})
