import { tensor } from '@dinokit/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeModel } from './describe-model.ts'
import { encodeModel, encodeSelfContained } from './encode-model.ts'
import { createGraphBuilder } from './graph-builder.ts'
import type { Graph } from './graph.ts'

const WEIGHT = Float32Array.of(1, 2, 3, 4, 5, 6)

function smallGraph(): Graph {
  const g = createGraphBuilder('small')
  const x = g.input('x', 'float32', ['batch', 2])
  const w = g.weight('w', { dtype: 'float32', shape: [2, 3], read: () => new Uint8Array(WEIGHT.buffer) })
  const sum = g.apply('Add', [g.apply('MatMul', [x, w]), g.constant(tensor('float32', Float32Array.of(1), []))])
  g.output('y', sum, 'float32', ['batch', 3])
  return g.build()
}

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: number[] = []
  for await (const chunk of chunks) all.push(...chunk)
  return Uint8Array.from(all)
}

describe('what is written says of itself what was meant', () => {
  test('holds with weights beside it', async () => {
    const { graph, weights } = encodeModel(smallGraph(), { location: 'small.data', metadata: { who: 'me' } })
    expect(describeModel(graph, 'small.onnx')).toEqual({
      inputs: [{ name: 'x', dtype: 'float32', shape: ['batch', 2] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: ['batch', 3] }],
      opsets: { '': 20 },
      externalFiles: ['small.data'],
      producer: 'dinokit',
      metadata: { who: 'me' },
    })
    expect(await bytesOf(weights!.chunks())).toEqual(new Uint8Array(WEIGHT.buffer))
    expect(weights!.byteLength).toBe(24)
  })

  test('holds with weights inside', async () => {
    const file = encodeSelfContained(smallGraph())
    const bytes = await bytesOf(file.chunks())
    expect(bytes.length).toBe(file.byteLength)
    expect(describeModel(bytes, 'small.onnx')).toMatchObject({ externalFiles: [], inputs: [{ name: 'x' }], outputs: [{ name: 'y' }] })
  })
})

test.each(['../secret', '/etc/passwd', 'a/b', 'a\\b', '..', ''])('rejects weights in %j', (location) => {
  const { graph } = encodeModel(smallGraph(), { location })
  expect(() => describeModel(graph, 'small.onnx')).toThrow(expect.objectContaining({ code: 'checkpoint-unsafe' }))
})

test('takes names like __proto__ for names', () => {
  const { graph } = encodeModel(smallGraph(), { metadata: { ['__proto__']: 'x', constructor: 'y' } })
  expect(Object.entries(describeModel(graph, 'small.onnx').metadata)).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ])
})

test.each<[string, Uint8Array]>([
  ['nothing', new Uint8Array()],
  ['text', new TextEncoder().encode('this is no model at all')],
  ['a length beyond the end', Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f)],
])('rejects %s', (_, bytes) => {
  expect(() => describeModel(bytes, 'x.onnx')).toThrow(expect.objectContaining({ code: 'checkpoint-invalid' }))
})

test('ends every mutation with a DinokitError at worst', () => {
  const { graph } = encodeModel(smallGraph())
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(graph.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }),
      fc.nat(graph.length),
      (changes, end) => {
        const bytes = graph.slice()
        for (const [at, value] of changes) bytes[at] = value
        for (const mutant of [bytes, bytes.subarray(0, end)]) {
          try {
            describeModel(mutant, 'x.onnx')
          } catch (error) {
            expect(error).toMatchObject({ name: 'DinokitError' })
          }
        }
      },
    ),
    { numRuns: 2000 },
  )
})

test('takes one name for two values for a mistake of ours', () => {
  const g = createGraphBuilder('twice')
  g.input('x', 'float32', [1])
  expect(() => g.input('x', 'float32', [1])).toThrow(expect.objectContaining({ code: 'internal' }))
})

test('writes no weights beyond 2 GB into one file, and reads none to find out', () => {
  const g = createGraphBuilder('large')
  const x = g.input('x', 'float32', ['batch', 2 ** 15])
  const read = (): never => {
    throw new Error('read')
  }
  g.output('y', g.apply('MatMul', [x, g.weight('w', { dtype: 'float32', shape: [2 ** 15, 2 ** 15], read })]), 'float32', ['batch', 2 ** 15])
  const graph = g.build()
  expect(() => encodeSelfContained(graph)).toThrow(expect.objectContaining({ code: 'model-unsupported' }))
  expect(encodeModel(graph).weights!.byteLength).toBe(2 ** 32)
})
