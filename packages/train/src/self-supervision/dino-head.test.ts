import { tensor, type AnyTensor } from '@dinokit/core'
import { createGraphBuilder, encodeModel, gradients, type Value } from '@dinokit/onnx'
import { createSession } from '#runtime'
import { goldenFolders, largestDifference } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { dinoHead, type DinoHeadParameters } from './dino-head.ts'

describe.each(goldenFolders)('$name/training/dino-head', (folder) => {
  test.skipIf(!folder.present)('gives PyTorch’s outputs and gradients within 1e-5', async () => {
    const expected = await folder.tensors('training/dino-head.safetensors')
    const g = createGraphBuilder('dino-head')
    const feeds: Record<string, AnyTensor> = {}
    const declare = (name: string, stored: string): Value => {
      feeds[name] = expected[stored] as AnyTensor
      return g.input(name, 'float32', expected[stored]!.shape)
    }
    const x = declare('x', 'x')
    const names = Object.keys(expected).flatMap((name) => /^weight\.(.*)$/.exec(name)?.[1] ?? [])
    const parameters = Object.fromEntries(names.map((name) => [name, declare(name, `weight.${name}`)]))
    const y = dinoHead(g, x, parameters as DinoHeadParameters)
    const cotangent = g.constant(tensor('float32', expected.cotangent!.data as Float32Array, expected.cotangent!.shape))
    const loss = g.apply('ReduceSum', [g.apply('Mul', [y, cotangent])], { keepdims: 0 })
    g.output('y', y, 'float32', expected.y!.shape)
    const by = ['x', ...names]
    gradients(g, loss, [x, ...names.map((name) => parameters[name]!)]).forEach((gradient, index) =>
      g.output(`grad.${by[index]!}`, gradient, 'float32', expected[`grad.${by[index]!}`]!.shape),
    )
    await using session = await createSession(encodeModel(g.build()))
    const results = await session.run(feeds)
    expect(by.length).toBe(9)
    for (const name of ['y', ...by.map((of) => `grad.${of}`)]) {
      expect(largestDifference(results[name]!.data as Float32Array, expected[name]!.data as Float32Array), name).toBeLessThanOrEqual(1e-5)
    }
  })
})
