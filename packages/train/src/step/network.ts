import { tensor, type Tensor } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import type { GraphBuilder, Value } from '@dinokit/onnx'
import { batchNorm, batchNormInference, batchNormMatMul, type BatchNormInputs } from './batch-norm.ts'
import { winogradConvolution } from './winograd-convolution.ts'

/** One step of a head's network, as head files have them (decisions/0020-head-files.md). */
export type NetworkStep =
  | {
      readonly kind: 'linear'
      /** Width of what it makes. */
      readonly out: number
    }
  | {
      readonly kind: 'convolution'
      /** Width of what it makes. */
      readonly out: number
      /** Side of the kernel, odd; padded with zeros. */
      readonly kernel: number
    }
  | { readonly kind: 'batchnorm' | 'relu' | 'gelu' }

/** A network's tensors by the names of head files, `network.N.PARAMETER`. */
export interface NetworkTensors {
  /** Parameters that are trained. */
  readonly parameters: Readonly<Record<string, Tensor>>
  /** Running statistics. */
  readonly buffers: Readonly<Record<string, Tensor>>
}

/** Constant that BatchNorm adds to every variance, as PyTorch does. */
export const BATCH_NORM_EPSILON = 1e-5

/**
 * The tensors that a network starts from: uniform within 1 / sqrt(inputs), as PyTorch starts linear and convolutional
 * layers.
 *
 * @param steps - of the network
 * @param channels - width of its input
 * @param seed - the same numbers for the same seed
 */
export function initialTensors(steps: readonly NetworkStep[], channels: number, seed: number): NetworkTensors {
  const random = createRandom(seed)
  const parameters: Record<string, Tensor> = {}
  const buffers: Record<string, Tensor> = {}
  const fill = (length: number, value: number): Tensor => tensor('float32', new Float32Array(length).fill(value), [length])
  let width = channels
  steps.forEach((step, index) => {
    const name = `network.${index}`
    if (step.kind === 'batchnorm') {
      parameters[`${name}.weight`] = fill(width, 1)
      parameters[`${name}.bias`] = fill(width, 0)
      buffers[`${name}.running_mean`] = fill(width, 0)
      buffers[`${name}.running_var`] = fill(width, 1)
    } else if (step.kind === 'linear' || step.kind === 'convolution') {
      const shape = step.kind === 'linear' ? [step.out, width] : [step.out, width, step.kernel, step.kernel]
      const inputs = shape.slice(1).reduce((size, length) => size * length, 1)
      const draw = (length: number): Float32Array => Float32Array.from({ length }, () => random.uniform(-1, 1) / Math.sqrt(inputs))
      parameters[`${name}.weight`] = tensor('float32', draw(step.out * inputs), shape)
      parameters[`${name}.bias`] = tensor('float32', draw(step.out), [step.out])
      width = step.out
    }
  })
  return { parameters, buffers }
}

/** Sizes of the maps that rows belong to, for convolutions of more than one pixel. */
export interface MapSizes {
  /** Width of the rows. */
  readonly channels: number
  /** Rows and columns of each image’s grid. */
  readonly grid: readonly [number, number]
}

/** Values of {@link writeNetwork}. */
export interface NetworkValues {
  /** [rows][out] */
  readonly y: Value
  /** Running statistics after the batch; none where they are used. */
  readonly buffers: Readonly<Record<string, Value>>
}

/** Network whose tensors are values of a graph. */
export interface WrittenNetwork {
  readonly steps: readonly NetworkStep[]
  /** Its tensors by name. */
  readonly values: Readonly<Record<string, Value>>
}

/**
 * Writes a network into a graph.
 *
 * @param g - the graph
 * @param x - [rows][channels]; for convolutions, the patches of images, row by row
 * @param network - its steps, and its tensors by name
 * @param options - for convolutions, the width of x, and rows and columns of the images’ grids; whether BatchNorm takes the
 *   batch’s statistics
 */
export function writeNetwork(
  g: GraphBuilder,
  x: Value,
  { steps, values }: WrittenNetwork,
  options: { readonly maps?: MapSizes; readonly training: boolean },
): NetworkValues {
  const buffers: Record<string, Value> = {}
  const { grid = [1, 1] } = options.maps ?? {}
  let channels = options.maps?.channels ?? 0
  let leftOut: Value | undefined
  let y = x
  for (let index = 0; index < steps.length; index++) {
    const [step, next] = [steps[index]!, steps[index + 1]]
    const of = (name: string, at = index): Value => values[`network.${at}.${name}`]!
    if (step.kind === 'relu') y = g.apply('Relu', [y])
    else if (step.kind === 'gelu') y = g.apply('Gelu', [y])
    else if (step.kind === 'linear') y = g.apply('Gemm', [y, of('weight'), of('bias')], { transB: 1 })
    else if (step.kind === 'convolution') {
      if (options.training && next?.kind === 'batchnorm') leftOut = of('bias')
      y = convolution(g, y, { weight: of('weight'), ...(!leftOut && { bias: of('bias') }) }, { ...step, channels, grid })
    } else {
      const inputs: BatchNormInputs = {
        weight: of('weight'),
        bias: of('bias'),
        runningMean: of('running_mean'),
        runningVariance: of('running_var'),
        ...(leftOut && { leftOut }),
      }
      leftOut = undefined
      if (!options.training) {
        y = batchNormInference(g, y, inputs, BATCH_NORM_EPSILON)
        continue
      }
      const product = next?.kind === 'convolution' && next.kernel === 1
      const made = product
        ? batchNormMatMul(g, y, {
            ...inputs,
            next: { weight: matrix(g, of('weight', index + 1), next.out), bias: of('bias', index + 1) },
            epsilon: BATCH_NORM_EPSILON,
          })
        : batchNorm(g, y, inputs, BATCH_NORM_EPSILON)
      buffers[`network.${index}.running_mean`] = made.runningMean
      buffers[`network.${index}.running_var`] = made.runningVariance
      y = made.y
      if (product) {
        channels = next.out
        index++
      }
    }
    if ('out' in step) channels = step.out
  }
  return { y, buffers }
}

/** [out][channels] of [out][channels][1][1]. */
function matrix(g: GraphBuilder, weight: Value, out: number): Value {
  return g.apply('Reshape', [weight, g.integers(out, -1)])
}

/** On rows: a kernel of one pixel is a matrix product, one of 3x3 several; a larger one goes by way of [batch][channels][rows][columns]. */
function convolution(
  g: GraphBuilder,
  x: Value,
  { weight, bias }: { readonly weight: Value; readonly bias?: Value },
  sizes: MapSizes & { readonly out: number; readonly kernel: number },
): Value {
  const { out, kernel, channels, grid } = sizes
  if (kernel === 1) return g.apply('Gemm', [x, matrix(g, weight, out), ...(bias ? [bias] : [])], { transB: 1 })
  if (kernel === 3) {
    const y = winogradConvolution(g, x, weight, sizes)
    return bias ? g.apply('Add', [y, bias]) : y
  }
  const maps = g.apply('Transpose', [g.apply('Reshape', [x, g.integers(-1, ...grid, channels)])], { perm: [0, 3, 1, 2] })
  const pad = (kernel - 1) / 2
  const convolved = g.apply('Conv', [maps, weight, ...(bias ? [bias] : [])], { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad] })
  return g.apply('Reshape', [g.apply('Transpose', [convolved], { perm: [0, 2, 3, 1] }), g.integers(-1, out)])
}
