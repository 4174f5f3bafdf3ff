import { bytesSource, findModelCard } from '@dinokit/core'
import { createGraphBuilder, encodeModel } from '@dinokit/onnx'
import { expect, test } from 'vitest'
import { createOnnxBackbone } from './onnx-backbone.ts'

const card = findModelCard('tiny')

/** A file whose outputs have no names that tell: each is made of the input. */
function modelOf(outputs: readonly string[]): Uint8Array {
  const g = createGraphBuilder('outputs')
  const pixels = g.input('pixel_values', 'float32', ['batch', 3, 'height', 'width'])
  const tokens = g.apply('Reshape', [pixels, g.integers(0, -1, 192)])
  for (const name of outputs) g.output(name, g.apply('Relu', [tokens]), 'float32', ['batch', 'tokens', 192])
  return encodeModel(g.build()).graph
}

const open = (outputs: readonly string[], output?: string): ReturnType<typeof createOnnxBackbone> =>
  createOnnxBackbone(bytesSource('x.onnx', modelOf(outputs)), { card, ...(output !== undefined && { output }) })

test.each([
  ['the only output, whatever it is called', ['y'], undefined],
  ['the one called last_hidden_state', ['y', 'last_hidden_state'], undefined],
  ['the one that is chosen', ['y', 'z'], 'z'],
])('takes %s', async (_, outputs, chosen) => {
  await using backbone = { ...(await open(outputs, chosen)), [Symbol.asyncDispose]: async () => {} }
  const read = backbone.graph({})
  const values = { dtype: 'float32', data: new Float32Array(2 * 192), shape: [1, 2, 192] } as const
  const wanted = chosen ?? outputs.at(-1)
  expect(read.read({ [wanted]: values }, 1, [1, 1])[0]!.patches.shape).toEqual([1, 1, 192])
})

test('rejects outputs that cannot be told apart, with their names and shapes', async () => {
  await expect(open(['y', 'z'])).rejects.toMatchObject({
    code: 'model-unsupported',
    message: expect.stringMatching(/2 outputs.*: y float32\[.*\], z float32\[.*--output y, or --output z/s) as string,
  })
  await expect(open(['y', 'z'], 'x')).rejects.toMatchObject({ code: 'invalid-option' })
})
