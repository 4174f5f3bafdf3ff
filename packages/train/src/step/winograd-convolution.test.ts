import { tensor, type Tensor } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import type { GraphBuilder, Value } from '@dinokit/onnx'
import { createSession } from '#runtime'
import { largestDifference } from '@dinokit/testing'
import { expect, test } from 'vitest'
import { createTrainer } from './create-trainer.ts'
import { winogradConvolution } from './winograd-convolution.ts'
import { softCrossEntropy } from './losses.ts'
import { sgd } from './optimizers.ts'
import { trainingStep } from './training-step.ts'

const [IMAGES, CHANNELS, OUT] = [2, 3, 4]
const random = createRandom(2)
const draw = (...shape: number[]): Tensor =>
  tensor(
    'float32',
    Float32Array.from({ length: shape.reduce((size, side) => size * side) }, () => random.uniform(-1, 1)),
    shape,
  )

/** [images * rows * columns][out], pixel by pixel. */
function byHand(x: Float32Array, weight: Float32Array, [rows, columns]: readonly [number, number]): Float64Array {
  return Float64Array.from({ length: IMAGES * rows * columns * OUT }, (_, i) => {
    const [pixel, out] = [Math.floor(i / OUT), i % OUT]
    const [image, row, column] = [Math.floor(pixel / rows / columns), Math.floor(pixel / columns) % rows, pixel % columns]
    let sum = 0
    for (let channel = 0; channel < CHANNELS; channel++)
      for (let place = 0; place < 9; place++) {
        const [y, at] = [row + Math.floor(place / 3) - 1, column + (place % 3) - 1]
        if (y < 0 || y >= rows || at < 0 || at >= columns) continue
        sum += x[((image * rows + y) * columns + at) * CHANNELS + channel]! * weight[(out * CHANNELS + channel) * 9 + place]!
      }
    return sum
  })
}

/** Loss of one step, what it was computed from, and the weights of both layers afterwards. */
async function trained(
  grid: readonly [number, number],
  given: { x: Tensor; before: Tensor; weight: Tensor; targets: Tensor },
  convolve: (g: GraphBuilder, x: Value, weight: Value) => Value,
): Promise<{ y: Tensor; tensors: Readonly<Record<string, Tensor>> }> {
  const { x, before, weight, targets } = given
  const step = trainingStep({
    name: 'convolution',
    parameters: { before, weight },
    optimizer: sgd(),
    forward({ g, values }) {
      const rows = g.apply('MatMul', [g.input('x', 'float32', ['rows', CHANNELS]), values.before!])
      const y = convolve(g, rows, values.weight!)
      return { loss: softCrossEntropy(g, y, g.input('targets', 'float32', ['rows', OUT])), outputs: { y } }
    },
  })
  await using trainer = await createTrainer({ createSession: (model) => createSession(model) }, step)
  const { outputs } = await trainer.step({ x, targets }, { learningRate: 1 })
  expect(grid[0] * grid[1] * IMAGES * OUT).toBe(outputs.y!.data.length)
  return { y: outputs.y!, tensors: trainer.state.tensors }
}

test.each([
  [4, 4],
  [5, 7],
  [1, 9],
] as const)('gives on maps of %ix%i what a 3x3 convolution pixel by pixel gives, and its gradients', async (...grid) => {
  const rows = IMAGES * grid[0] * grid[1]
  const identity = tensor(
    'float32',
    Float32Array.from({ length: CHANNELS ** 2 }, (_, i) => Number(i % (CHANNELS + 1) === 0)),
    [CHANNELS, CHANNELS],
  )
  const targets = draw(rows, OUT)
  const given = {
    x: draw(rows, CHANNELS),
    before: identity,
    weight: draw(OUT, CHANNELS, 3, 3),
    targets: tensor('float32', targets.data.map(Math.abs), targets.shape),
  }
  const fast = await trained(grid, given, (g, x, weight) => winogradConvolution(g, x, weight, { grid, channels: CHANNELS, out: OUT }))
  const plain = await trained(grid, given, (g, x, weight) => {
    const maps = g.apply('Transpose', [g.apply('Reshape', [x, g.integers(-1, ...grid, CHANNELS)])], { perm: [0, 3, 1, 2] })
    const y = g.apply('Conv', [maps, weight], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })
    return g.apply('Reshape', [g.apply('Transpose', [y], { perm: [0, 2, 3, 1] }), g.integers(-1, OUT)])
  })
  expect(largestDifference(fast.y.data, byHand(given.x.data, given.weight.data, grid))).toBeLessThan(2e-5)
  for (const name of ['before', 'weight']) {
    expect(largestDifference(plain.tensors[name]!.data, given[name as 'before' | 'weight'].data), name).toBeGreaterThan(1e-2)
    expect(largestDifference(fast.tensors[name]!.data, plain.tensors[name]!.data), name).toBeLessThan(2e-5)
  }
})
