import { tensor, type BackboneTokens, type OnnxModel, type Pixels, type Session, type Tensor } from '@dinokit/core'
import { createSession } from '#runtime'
import { largestDifference, ownGoldens, type Golden } from '@dinokit/testing'
import { beforeAll, expect, test } from 'vitest'
import { openGolden } from '../testing/open-golden.ts'
import type { VitBackbone } from '../vit-backbone.ts'
import { findRegisterNeurons } from './find-register-neurons.ts'
import { TEST_TIME_REGISTERS, withTestTimeRegister } from './test-time-registers.ts'

const NEURONS = [
  { layer: 1, neuron: 5 },
  { layer: 2, neuron: 17 },
  { layer: 2, neuron: 90 },
  { layer: 4, neuron: 40 },
]
const runtime = { createSession: (model: OnnxModel): Promise<Session> => createSession(model) }
const code = (expected: string): unknown => expect.objectContaining({ code: expected })

let backbone: VitBackbone
let golden: Golden
let pixels: Tensor<'uint8'>
beforeAll(async () => {
  backbone = await openGolden(ownGoldens, 'mlp', 'meta.pth', 'meta')
  golden = await ownGoldens.tensors('analysis/registers.safetensors')
  const { pixels: images } = await ownGoldens.tensors('backbone/mlp/42x70.safetensors')
  pixels = tensor('uint8', images!.data as Uint8Array, images!.shape)
})

test('gives the reference’s tokens and attention with a register, without showing it', async () => {
  const made = withTestTimeRegister(backbone, NEURONS)
  expect(made.precision).toBe(TEST_TIME_REGISTERS)
  const graph = made.graph({ rawLayers: [4], attention: [4], facets: [4] })
  await using session = await createSession(graph.model)
  const tokens = graph.read(await session.run(graph.feeds(pixels)), 2, [3, 5])
  const difference = (name: string, part: (tokens: BackboneTokens) => Tensor): number =>
    largestDifference(Float32Array.from(tokens.flatMap((each) => [...part(each).data])), golden[name]!.data as Float32Array)
  expect(difference('cls', ({ cls }) => cls)).toBeLessThan(1e-4)
  expect(difference('patches', ({ patches }) => patches)).toBeLessThan(1e-4)
  expect(largestDifference(tokens[0]!.attention[4]!.data, golden.attention!.data as Float32Array)).toBeLessThan(1e-4)
  expect(tokens[0]!.facets[4]!.key.shape).toEqual([16, 24])
  expect(largestDifference(tokens[0]!.rawLayers[4]!.patches.data.subarray(0, 3 * 24), golden.raw!.data as Float32Array)).toBeLessThan(1e-4)
})

test('finds the reference’s neurons', async () => {
  const images = [0, 1].map((index): Pixels => {
    const each = 42 * 70 * 3
    return { data: pixels.data.slice(index * each, (index + 1) * each), width: 70, height: 42 }
  })
  const options = { count: 8, outlierLayer: 3, lastLayer: 3, timesMedian: 1.2 }
  const found = await findRegisterNeurons(runtime, backbone, images, options)
  expect(found.map(({ layer, neuron }) => [layer, neuron])).toEqual(
    [...golden.layers!.data].map((layer, i) => [Number(layer), Number(golden.neurons!.data[i])]),
  )
  expect(
    largestDifference(
      found.map(({ score }) => score),
      golden.scores!.data as Float32Array,
    ),
  ).toBeLessThan(1e-4)
  expect(await findRegisterNeurons(runtime, backbone, images, { timesMedian: 100 })).toEqual([])
  await expect(findRegisterNeurons(runtime, backbone, images, { lastLayer: 5 })).rejects.toThrow(code('invalid-option'))
})

test('rejects models with registers or rotary positions, and neurons that are not there', async () => {
  const other = await openGolden(ownGoldens, 'swiglu-reg4', 'meta.pth', 'meta')
  expect(() => withTestTimeRegister(other, NEURONS)).toThrow(code('model-unsupported'))
  const { card } = backbone
  const rotary = { ...backbone, card: { ...card, architecture: { ...card.architecture, positionGrid: [0, 0] as const } } }
  expect(() => withTestTimeRegister(rotary, NEURONS)).toThrow(code('model-unsupported'))
  for (const wrong of [[], [{ layer: 5, neuron: 0 }], [{ layer: 1, neuron: 96 }]])
    expect(() => withTestTimeRegister(backbone, wrong)).toThrow(code('invalid-option'))
})
