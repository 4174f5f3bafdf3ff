import { tensor, type Tensor } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import type { GraphBuilder, Value } from '@dinokit/onnx'
import { createSession } from '#runtime'
import { largestDifference } from '@dinokit/testing'
import { expect, test } from 'vitest'
import { batchNorm } from './batch-norm.ts'
import { createTrainer } from './create-trainer.ts'
import { softCrossEntropy } from './losses.ts'
import { initialTensors, writeNetwork, type NetworkStep } from './network.ts'
import { sgd } from './optimizers.ts'
import { trainingStep } from './training-step.ts'

const [ROWS, CHANNELS, OUT] = [40, 6, 3]
const STEPS: readonly NetworkStep[] = [{ kind: 'batchnorm' }, { kind: 'convolution', out: OUT, kernel: 1 }]
const random = createRandom(11)
const draw = (shape: readonly number[]): Tensor => {
  const length = shape.reduce((size, side) => size * side, 1)
  return tensor(
    'float32',
    Float32Array.from({ length }, () => random.uniform(-1, 1)),
    shape,
  )
}
/** Channels far from zero, and of different spreads. */
const far = ({ data, shape }: Tensor): Tensor =>
  tensor(
    'float32',
    data.map((value, i) => (1 + (i % CHANNELS)) * (value + 3)),
    shape,
  )
const BATCHES = Array.from({ length: 5 }, () => ({
  x: far(draw([ROWS, CHANNELS])),
  targets: tensor(
    'float32',
    draw([ROWS, OUT]).data.map((value) => Math.abs(value)),
    [ROWS, OUT],
  ),
}))

type Write = (g: GraphBuilder, x: Value, values: Readonly<Record<string, Value>>) => { y: Value; buffers: Readonly<Record<string, Value>> }

async function trained(write: Write, steps = STEPS): Promise<{ losses: number[]; tensors: Readonly<Record<string, Tensor>> }> {
  const step = trainingStep({
    name: 'network',
    ...initialTensors(steps, CHANNELS, 4),
    optimizer: sgd(),
    forward({ g, values }) {
      const { y, buffers } = write(g, g.input('x', 'float32', ['rows', CHANNELS]), values)
      return { loss: softCrossEntropy(g, y, g.input('targets', 'float32', ['rows', OUT])), buffers }
    },
  })
  await using trainer = await createTrainer({ createSession: (model) => createSession(model) }, step)
  const losses: number[] = []
  for (const batch of BATCHES) losses.push((await trainer.step(batch, { learningRate: 0.1 })).loss)
  return { losses, tensors: trainer.state.tensors }
}

test('trains BatchNorm and the product after it as one product, to the same tensors', async () => {
  const one = await trained((g, x, values) => writeNetwork(g, x, { steps: STEPS, values }, { training: true }))
  const apart = await trained((g, x, values) => {
    const of = (name: string): Value => values[`network.${name}`]!
    const norm = { weight: of('0.weight'), bias: of('0.bias'), runningMean: of('0.running_mean'), runningVariance: of('0.running_var') }
    const { y, runningMean, runningVariance } = batchNorm(g, x, norm)
    const weight = g.apply('Reshape', [of('1.weight'), g.integers(OUT, -1)])
    return {
      y: g.apply('Gemm', [y, weight, of('1.bias')], { transB: 1 }),
      buffers: { 'network.0.running_mean': runningMean, 'network.0.running_var': runningVariance },
    }
  })
  expect(apart.losses[4]!).toBeLessThan(apart.losses[0]! - 0.01)
  expect(largestDifference(one.losses, apart.losses)).toBeLessThan(1e-5)
  for (const [name, { data }] of Object.entries(apart.tensors))
    expect(largestDifference(one.tensors[name]!.data, data), name).toBeLessThan(1e-4)
})

test('leaves a bias before BatchNorm out of training, and counts it in the running mean', async () => {
  const steps: readonly NetworkStep[] = [{ kind: 'convolution', out: OUT, kernel: 3 }, { kind: 'batchnorm' }]
  const grid = [4, 5] as const
  const one = await trained(
    (g, x, values) => writeNetwork(g, x, { steps, values }, { maps: { channels: CHANNELS, grid }, training: true }),
    steps,
  )
  const apart = await trained((g, x, values) => {
    const of = (name: string): Value => values[`network.${name}`]!
    const norm = { weight: of('1.weight'), bias: of('1.bias'), runningMean: of('1.running_mean'), runningVariance: of('1.running_var') }
    const maps = g.apply('Transpose', [g.apply('Reshape', [x, g.integers(-1, ...grid, CHANNELS)])], { perm: [0, 3, 1, 2] })
    const convolved = g.apply('Conv', [maps, of('0.weight'), of('0.bias')], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })
    const rows = g.apply('Reshape', [g.apply('Transpose', [convolved], { perm: [0, 2, 3, 1] }), g.integers(-1, OUT)])
    const { y, runningMean, runningVariance } = batchNorm(g, rows, norm)
    return { y, buffers: { 'network.1.running_mean': runningMean, 'network.1.running_var': runningVariance } }
  }, steps)
  expect(apart.losses[4]!).toBeLessThan(apart.losses[0]! - 0.01)
  expect(largestDifference(one.losses, apart.losses)).toBeLessThan(1e-4)
  const { data } = initialTensors(steps, CHANNELS, 4).parameters['network.0.bias']!
  expect(largestDifference(data, [0, 0, 0])).toBeGreaterThan(0.05)
  expect(one.tensors['network.0.bias']!.data).toEqual(data)
  // Rounding moves the bias of the other: its gradient is zero but for that.
  for (const [name, { data }] of Object.entries(apart.tensors))
    expect(largestDifference(one.tensors[name]!.data, data), name).toBeLessThan(1e-3)
})
