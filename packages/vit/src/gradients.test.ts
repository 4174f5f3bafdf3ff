import { openTensorFile } from '@dinokit/checkpoint'
import { bytesSource, tensor, type AnyTensor } from '@dinokit/core'
import { createGraphBuilder, encodeModel, gradients, type Value } from '@dinokit/onnx'
import { createSession } from '#runtime'
import { goldenFolders, largestDifference } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { foldParameters, foldPositions } from './fold-parameters.ts'
import { listParameters } from './parameters.ts'
import { openGolden } from './testing/open-golden.ts'
import { vitForward } from './vit-graph.ts'

/** Largest difference, as a share of the largest value of each tensor. */
const LIMIT = 1e-4

describe.each(goldenFolders)('every parameter’s gradient through the whole network is PyTorch’s: $name', (folder) => {
  if (!folder.present) return test.skip('skips what is not here', () => {})
  test.each(['mlp', 'swiglu-reg4'])('holds for gradients-%s', async (variant) => {
    const { card } = await openGolden(folder, variant, 'meta.pth', 'meta')
    const { dim, registers } = card.architecture
    const expected = await folder.tensors(`training/gradients-${variant}.safetensors`)
    const file = await openTensorFile(bytesSource('meta.pth', await folder.read(`backbone/${variant}/meta.pth`)))
    const names = listParameters(card.architecture)
      .map(({ name }) => name)
      .filter((name) => name !== 'mask_token')

    const g = createGraphBuilder('gradients')
    const feeds: Record<string, AnyTensor> = { pixels: expected.pixels as AnyTensor }
    const parameters: Record<string, Value> = {}
    for (const name of names) {
      const stored = file.tensors.get(name)!
      parameters[name] = g.input(name, 'float32', stored.shape)
      feeds[name] = tensor('float32', await stored.readFloat32(), stored.shape)
    }
    const pixels = g.input('pixels', 'uint8', ['batch', 70, 70, 3])
    const positions = foldPositions(g, card, parameters.pos_embed!, [5, 5])
    const { tokens } = vitForward(
      g,
      { architecture: card.architecture, weights: foldParameters(g, card, parameters) },
      { pixels, positions },
      { fused: false },
    )
    // The reference's loss: mean(cls * cotangent) + mean(patches * cotangent).
    const weighed = (start: number, end: number, cotangent: string): Value => {
      const part = g.apply('Slice', [tokens, g.integers(start), g.integers(end), g.integers(1)])
      const { data, shape } = expected[cotangent]!
      const by = g.constant(tensor('float32', data as Float32Array, [shape[0]!, end - start, dim]))
      return g.apply('ReduceMean', [g.apply('Mul', [part, by])], { keepdims: 0 })
    }
    const loss = g.apply('Add', [weighed(0, 1, 'cotangent.cls'), weighed(1 + registers, 26 + registers, 'cotangent.patches')])
    const found = gradients(
      g,
      loss,
      names.map((name) => parameters[name]!),
    )
    names.forEach((name, index) => g.output(`grad.${name}`, found[index]!, 'float32', file.tensors.get(name)!.shape))
    g.output('loss', loss, 'float32', [])
    await using session = await createSession(encodeModel(g.build()))
    const results = await session.run(feeds)

    expect(names.length).toBe(Object.keys(expected).filter((name) => name.startsWith('grad.')).length)
    const [actualLoss, expectedLoss] = [(results.loss!.data as Float32Array)[0]!, (expected.loss!.data as Float32Array)[0]!]
    expect(Math.abs(actualLoss - expectedLoss) / Math.max(1, Math.abs(expectedLoss))).toBeLessThanOrEqual(LIMIT)
    for (const name of names) {
      const [actual, wanted] = [results[`grad.${name}`]!, expected[`grad.${name}`]!]
      const largest = (wanted.data as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      expect(actual.shape, name).toEqual(wanted.shape)
      expect(largestDifference(actual.data as Float32Array, wanted.data as Float32Array) / largest, name).toBeLessThanOrEqual(LIMIT)
    }
    await file.close()
  })
})
