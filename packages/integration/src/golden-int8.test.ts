import { saturates } from '@dinokit/onnx'
import { largestDifference, ownGoldens, type Golden } from '@dinokit/testing'
import type { OnnxModel, Pixels, Session } from '@dinokit/core'
import { calibrateInt8, inPrecision, type VitBackbone } from '@dinokit/vit'
import { createRuntime, tensor, type Tensor } from 'dinokit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cosines, mean } from './testing/cosines.ts'
import { openGoldenBackbone } from './testing/golden-backbone.ts'
import {
  blockAlone,
  digestsOf,
  largestOf,
  layersAlone,
  levelsOf,
  openTinyParts,
  withLevelInputs,
  type Int8Parts,
} from './testing/int8-parts.ts'

const inBrowser = 'document' in globalThis
const runtime = createRuntime({ device: inBrowser ? 'wasm' : 'cpu' })

/** Opens a session of the engine that computes in 8 bits here. */
async function openSession(model: OnnxModel): Promise<Session> {
  const session = await runtime.createSession(model)
  expect(session.engine.name).toMatch(inBrowser ? /^dinokit kernels/ : /^onnxruntime/)
  return session
}

/** Groups that stay in float32 in the small network; the same in make_int8.py. */
const STAYS = ['block2.outer', 'block3.facets']

const NETWORKS = {
  tiny: () => openTinyParts(runtime),
  'swiglu-reg4': async (): Promise<Omit<Int8Parts, 'unsigned'>> => {
    const backbone = await openGoldenBackbone(ownGoldens, 'swiglu-reg4')
    const numbers = await ownGoldens.tensors('int8/swiglu-reg4.safetensors')
    const largest = Object.entries(numbers).flatMap(([name, { data }]) =>
      name.endsWith('.largest') ? [[name.replace('.largest', ''), data as Float32Array] as const] : [],
    )
    return { backbone, calibration: { weights: backbone.digest, images: 3, largest: new Map(largest), float32: STAYS } }
  },
}
const networks = {} as Record<keyof typeof NETWORKS, Int8Parts>
/** Forms of levels that this engine multiplies exactly: unsigned ones, and signed ones where these do not saturate. */
let exactForms: readonly boolean[]

beforeAll(async () => {
  const unsigned = await saturates(runtime)
  exactForms = unsigned ? [true] : [false, true]
  for (const name of Object.keys(NETWORKS) as (keyof typeof NETWORKS)[]) networks[name] = { ...(await NETWORKS[name]()), unsigned }
})
afterAll(async () => {
  for (const { backbone } of Object.values(networks)) await backbone.close()
})

const floats = (from: Golden, name: string): Tensor => tensor('float32', from[name]!.data as Float32Array, from[name]!.shape)
const bytesOf = (data: Uint8Array, shape: readonly number[]): Parameters<ReturnType<VitBackbone['graph']>['feeds']>[0] =>
  tensor('uint8', data, [1, ...shape])

describe.each([
  ['tiny', 'tiny-blocks', [3, 4, 7, 8, 9, 10, 11, 12]],
  ['swiglu-reg4', 'swiglu-reg4', [1, 2, 3, 4]],
] as const)('a network in 8 bits is what numpy makes of the definitions: %s', (name, file, blocks) => {
  test('has the very levels, scales and factors, signed and unsigned', async () => {
    const expected = JSON.parse(new TextDecoder().decode(await ownGoldens.read(`int8/${name}.json`))) as unknown
    for (const unsigned of [false, true]) expect(await digestsOf({ ...networks[name], unsigned })).toEqual(expected)
  })

  test('gives each block’s stream of the stream before it within 1e-5', async () => {
    const expected = await ownGoldens.tensors(`int8/${file}.safetensors`)
    const { patch } = networks[name].backbone.card.architecture
    expect(Object.keys(expected).filter((key) => key.endsWith('.x'))).toHaveLength(blocks.length)
    for (const block of blocks) {
      const [positions, y] = [floats(expected, `block${block}.x`), floats(expected, `block${block}.y`)]
      const sides = [patch, positions.shape[0]! * patch, 3]
      await using session = await openSession(blockAlone(networks[name], block))
      const { raw1 } = await session.run({ pixels: bytesOf(new Uint8Array(sides[0]! * sides[1]! * sides[2]!), sides), positions })
      expect(largestDifference(raw1!.data as Float32Array, y.data), `block ${block}`).toBeLessThanOrEqual(1e-5)
    }
  })
})

test('gives of rows what numpy gives by each layer of a block, within a millionth of the largest', async () => {
  const expected = await ownGoldens.tensors('int8/tiny-layers.safetensors')
  for (const unsigned of exactForms) {
    const { model, inputs } = layersAlone({ ...networks.tiny, unsigned }, 9)
    expect([...inputs.keys()].sort()).toEqual(['inner', 'key', 'outer', 'projection', 'query', 'value'])
    await using session = await openSession(model)
    // Query, key and value have one input.
    const rows = Array.from(inputs).flatMap(([role, input]) =>
      `${role}.x` in expected ? [[input, floats(expected, `${role}.x`)] as const] : [],
    )
    const outputs = await session.run({ pixels: tensor('uint8', new Uint8Array(1), [1]), ...Object.fromEntries(rows) })
    for (const role of inputs.keys()) {
      const known = floats(expected, role)
      expect(largestDifference(outputs[role]!.data as Float32Array, known.data), role).toBeLessThanOrEqual(1e-6 * largestOf(known))
    }
  }
})

test.each([
  { name: 'tiny', file: 'tiny-network', prefix: '14x14.', sides: [14, 14, 3], limit: 1e-4 },
  { name: 'swiglu-reg4', file: 'swiglu-reg4', prefix: '', sides: [28, 42, 3], limit: 1e-5 },
] as const)(
  'embeds an image, none of whose numbers is near to the middle between two levels, within $limit of numpy’s tokens: $name',
  async ({ name, file, prefix, sides, limit }) => {
    const expected = await ownGoldens.tensors(`int8/${file}.safetensors`)
    const { backbone, ...form } = networks[name]
    const graph = inPrecision(backbone, { precision: 'int8', ...form }).graph({})
    await using session = await openSession(graph.model)
    const { tokens } = await session.run(graph.feeds(bytesOf(expected[`${prefix}pixels`]!.data as Uint8Array, sides)))
    expect(largestDifference(tokens!.data as Float32Array, floats(expected, `${prefix}tokens`).data)).toBeLessThanOrEqual(limit)
  },
)

/** Rows of numbers: the first of each so many. */
function everyRow(values: Float32Array | Uint8Array, width: number, every: number): number[] {
  return Array.from(values).filter((_, i) => Math.floor(i / width) % every === 0)
}

/** An image by a formula; the same in make_int8.py. */
const curves = (height: number, width: number): Uint8Array =>
  Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const [y, x, channel] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width, i % 3]
    return Math.floor((x * x * (channel + 1)) / 7) + y * (5 + channel) + Math.floor((x * y) / 4)
  })

// A number that a rounding brings to another level moves all that follows. Where numpy's own streams of the larger image are moved by 1e-6 after
// each block, tokens are within .9995 in the mean and .995 at worst; those of float32 are within .9988 and .990.
test('embeds other images by the levels of numpy in .999 of the numbers of block 3 and .99 of block 4, and near its tokens', async () => {
  const expected = await ownGoldens.tensors('int8/tiny-network.safetensors')
  const graph = networks.tiny.backbone.graph({})
  const shares = { 'block3.query': 0.999, 'block4.inner': 0.99 }
  await using session = await openSession(withLevelInputs(networks.tiny, Object.keys(shares)))
  for (const [width, height, every, cosine] of [
    [70, 42, 1, 0.999],
    [224, 224, 16, 0.998],
  ] as const) {
    const outputs = await session.run(graph.feeds(bytesOf(curves(height, width), [height, width, 3])))
    for (const [layer, share] of Object.entries(shares)) {
      const { data: known, shape } = expected[`${width}x${height}.${layer}`]!
      const levels = everyRow(levelsOf(outputs[layer]!.data as Float32Array), shape[1]!, every)
      expect(levels).toHaveLength(known.length)
      const equal = levels.filter((level, i) => level === known[i]).length
      expect(equal / known.length, `${layer} ${width}`).toBeGreaterThanOrEqual(share)
    }
    const tokens = floats(expected, `${width}x${height}.tokens`)
    const rows = Float32Array.from(everyRow(outputs.tokens!.data as Float32Array, tokens.shape[1]!, every))
    expect(mean(cosines(tensor('float32', rows, tokens.shape), tokens)), String(width)).toBeGreaterThanOrEqual(cosine)
  }
})

// It is the same in browsers, where its sessions take long.
test.skipIf(inBrowser)('finds the largest inputs of layers that numpy finds, by which a network is calibrated', async () => {
  const { backbone, calibration } = networks['swiglu-reg4']
  const images: Pixels[] = []
  for (const size of ['70x70', '42x70']) {
    const { pixels } = await ownGoldens.tensors(`backbone/swiglu-reg4/${size}.safetensors`)
    const [batch, height, width] = pixels!.shape as [number, number, number]
    const length = height * width * 3
    for (let i = 0; i < batch; i++)
      images.push({ data: (pixels!.data as Uint8Array).subarray(i * length, (i + 1) * length), height, width })
  }
  const { largest } = await calibrateInt8(runtime, backbone, images, { sortedBy: 1 })
  expect([...largest.keys()].sort()).toEqual([...calibration.largest.keys()].sort())
  for (const [name, values] of largest) expect(largestDifference(values, calibration.largest.get(name)!), name).toBeLessThanOrEqual(1e-5)
})
