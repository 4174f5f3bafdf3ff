import { openTensorFile, writeSafetensors } from '@dinokit/checkpoint'
import { bytesSource, MODEL_CARDS, tensor, type Architecture } from '@dinokit/core'
import { expect, test } from 'vitest'
import { detectLayout, storedNames } from './layout.ts'
import { createParameterReader } from './lib/parameter-reader.ts'
import { listParameters } from './parameters.ts'

const SMALL: Architecture = {
  patch: 2,
  dim: 4,
  depth: 1,
  heads: 1,
  ffn: 'mlp',
  ffnHidden: 8,
  registers: 0,
  positionGrid: [2, 2],
  layerNormEps: 1e-6,
}

test.each(MODEL_CARDS)('counts as many parameters of $id as its card says', ({ architecture, parameters }) => {
  const count = listParameters(architecture).reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0)
  expect(count).toBe(parameters)
})

test('counts the published numbers of parameters', () => {
  const published = { 'dinov2-small': 22_056_576, 'dinov2-base': 86_580_480, 'dinov2-large': 304_368_640, 'dinov2-giant': 1_136_480_768 }
  expect(Object.fromEntries(MODEL_CARDS.filter(({ id }) => id in published).map(({ id, parameters }) => [id, parameters]))).toEqual(
    published,
  )
})

test.each(['', 'module.', 'teacher.backbone.'])('recognizes both layouts behind the prefix %j', (prefix) => {
  for (const layout of ['meta', 'huggingface'] as const) {
    const names = listParameters(MODEL_CARDS[1]!.architecture).flatMap(({ name }) =>
      storedNames(layout, name).map((stored) => prefix + stored),
    )
    expect(new Set(names).size).toBe(names.length)
    expect(detectLayout([...names, 'head.weight'])).toEqual({ layout, prefix })
  }
})

test('finds no layout in a file without a backbone', () => {
  expect(detectLayout(['fc.weight', 'fc.bias', 'x.cls_token'])).toBeUndefined()
})

test.each([NaN, -Infinity])('rejects a weight of %d by the name of its tensor', async (value) => {
  const { dim } = SMALL
  const tensors = Object.fromEntries(
    listParameters(SMALL).map(({ name, shape }) => {
      const data = new Float32Array(shape.reduce((product, length) => product * length, 1))
      if (name === 'blocks.0.mlp.fc1.weight') data[dim + 1] = value
      return [name, tensor('float32', data, shape)]
    }),
  )
  const file = await openTensorFile(bytesSource('diverged.safetensors', writeSafetensors(tensors)))
  const { read } = createParameterReader(file, { layout: 'meta', prefix: '' }, SMALL)
  await expect(read('blocks.0.mlp.fc1.weight', 0, dim)).resolves.toHaveLength(dim)
  await expect(read('blocks.0.mlp.fc1.weight')).rejects.toMatchObject({ code: 'tensor-invalid' })
  await expect(read('blocks.0.mlp.fc1.weight')).rejects.toThrow(`diverged.safetensors: tensor blocks.0.mlp.fc1.weight holds ${value}`)
})
