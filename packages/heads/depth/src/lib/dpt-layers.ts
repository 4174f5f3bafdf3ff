import { DinokitError, tensor } from '@dinokit/core'
import { readWeight, type HeadTensor } from '@dinokit/head-kit'
import type { ConvAttributes, GraphBuilder, Value } from '@dinokit/onnx'

/** Layers by the path of their weights. */
export interface Layers {
  /** A convolution that keeps the size, unless a stride is given. */
  conv(path: string, x: Value, stride?: number): Value
  /** A transposed convolution whose stride is its kernel. */
  transposed(path: string, x: Value): Value
  /** x W^T + b */
  linear(path: string, x: Value): Value
}

/** Tensors of a head by name, as its layers take them. */
interface HeadWeights {
  /** Name of the file, for messages. */
  readonly name: string
  /** Prefix of each tensor's name in the file, for messages. */
  readonly prefix: string
  readonly tensors: ReadonlyMap<string, HeadTensor>
  /** Names of those that a layer has taken. */
  readonly used: Set<string>
}

/** Makes the layers of a head by the names of their weights. */
export function createLayers(g: GraphBuilder, { name, prefix, tensors, used }: HeadWeights): Layers {
  const weight = (path: string, rank: number): { readonly value: Value; readonly shape: readonly number[] } => {
    const found = tensors.get(path)
    if (!found)
      throw new DinokitError('tensor-missing', `${name} has no tensor ${prefix}${path}.`, { expected: 'all the tensors of a DPT head' })
    if (found.shape.length !== rank) {
      throw new DinokitError('tensor-invalid', `${name}: tensor ${prefix}${path} has shape [${found.shape.join(', ')}].`, {
        expected: `${rank} dimensions`,
      })
    }
    used.add(path)
    return { value: g.weight(path, readWeight(found.data, found.shape)), shape: found.shape }
  }
  const bias = (path: string): Value[] => (tensors.has(`${path}.bias`) ? [weight(`${path}.bias`, 1).value] : [])
  return {
    conv(path, x, stride = 1) {
      const { value, shape } = weight(`${path}.weight`, 4)
      const kernel = shape[2]!
      const pad = (kernel - 1) / 2
      const attributes: ConvAttributes = { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad], strides: [stride, stride] }
      return g.apply('Conv', [x, value, ...bias(path)], attributes)
    },
    transposed(path, x) {
      const { value, shape } = weight(`${path}.weight`, 4)
      const kernel = shape[2]!
      return g.apply('ConvTranspose', [x, value, ...bias(path)], { kernel_shape: [kernel, kernel], strides: [kernel, kernel] })
    },
    linear: (path, x) => g.apply('Gemm', [x, weight(`${path}.weight`, 2).value, ...bias(path)], { transB: 1 }),
  }
}

/** x and two convolutions of it, each after a ReLU. */
export function residual(g: GraphBuilder, layers: Layers, [first, second]: readonly [string, string], x: Value): Value {
  const middle = layers.conv(first, g.apply('Relu', [x]))
  return g.apply('Add', [layers.conv(second, g.apply('Relu', [middle])), x])
}

/** Bilinear with `align_corners=False`, to the height and width of another map. */
export function resizeLike(g: GraphBuilder, x: Value, other: Value): Value {
  const sizes = g.apply('Concat', [g.apply('Shape', [x], { start: 0, end: 2 }), g.apply('Shape', [other], { start: 2, end: 4 })], {
    axis: 0,
  })
  return g.apply('Resize', [x, undefined, undefined, sizes], { mode: 'linear', coordinate_transformation_mode: 'half_pixel' })
}

/** Twice the size, bilinear with `align_corners=True`. */
export function doubleByCorners(g: GraphBuilder, x: Value): Value {
  const scales = g.constant(tensor('float32', Float32Array.of(1, 1, 2, 2), [4]))
  return g.apply('Resize', [x, undefined, scales], { mode: 'linear', coordinate_transformation_mode: 'align_corners' })
}
