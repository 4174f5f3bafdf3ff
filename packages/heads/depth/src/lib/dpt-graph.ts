import { DinokitError, tensor } from '@dinokit/core'
import { readWeight, type HeadTensor } from '@dinokit/head-kit'
import { createGraphBuilder, type ConvAttributes, type Graph, type GraphBuilder, type Value } from '@dinokit/onnx'

/**
 * Meta's DPT depth head (arXiv 2103.13413; facebookresearch/dinov2, eval/depth/models/decode_heads/dpt_head.py): four raw
 * layers, each with its class token folded in ("project"), brought to four scales, fused from the coarsest to the finest.
 * Inputs `patchesN` [rows][columns][dim] and `clsN` [dim], N from 0; output `map` [1][1][height][width], meters.
 *
 * @param name - of the file, for messages
 * @param tensors - by Meta's names below `decode_head.`
 * @param dim - width of a token
 * @param min - added to the depth, in meters
 * @throws DinokitError `tensor-missing`, `tensor-invalid`
 */
export function dptGraph(name: string, tensors: ReadonlyMap<string, HeadTensor>, dim: number, min: number): Graph {
  const g = createGraphBuilder('dpt')
  const used = new Set<string>()
  const layers = createLayers(g, name, tensors, used)
  const scales = [0, 1, 2, 3].map((index) => layers.conv(`convs.${index}.conv`, reassemble(g, layers, index, dim)))
  let x = fuse(g, layers, 'fusion_blocks.0', scales[3]!)
  for (let index = 1; index < 4; index++) {
    const path = `fusion_blocks.${index}`
    const finer = residual(g, layers, `${path}.res_conv_unit1`, resizeLike(g, scales[3 - index]!, x))
    x = fuse(g, layers, path, g.apply('Add', [x, finer]))
  }
  x = g.apply('Relu', [layers.conv('project.conv', x)])
  x = enlargeByCorners(g, layers.conv('conv_depth.head.0', x))
  x = layers.conv('conv_depth.head.4', g.apply('Relu', [layers.conv('conv_depth.head.2', x)]))
  x = g.apply('Add', [g.apply('Relu', [x]), g.constant(tensor('float32', Float32Array.of(min), []))])
  g.output('map', x, 'float32', [1, 1, 'height', 'width'])
  const extra = [...tensors.keys()].find((path) => !used.has(path))
  if (extra !== undefined)
    throw new DinokitError('tensor-invalid', `${name} has a tensor decode_head.${extra}, which a DPT head has no place for.`, {
      given: extra,
    })
  return g.build()
}

/** Layers by the path of their weights. */
interface Layers {
  /** A convolution that keeps the size, unless a stride is given. */
  conv(path: string, x: Value, stride?: number): Value
  /** A transposed convolution whose stride is its kernel. */
  transposed(path: string, x: Value): Value
  /** x W^T + b */
  linear(path: string, x: Value): Value
}

function createLayers(g: GraphBuilder, name: string, tensors: ReadonlyMap<string, HeadTensor>, used: Set<string>): Layers {
  const weight = (path: string, rank: number): { readonly value: Value; readonly shape: readonly number[] } => {
    const found = tensors.get(path)
    if (!found)
      throw new DinokitError('tensor-missing', `${name} has no tensor decode_head.${path}.`, { expected: 'all the tensors of a DPT head' })
    if (found.shape.length !== rank) {
      throw new DinokitError('tensor-invalid', `${name}: tensor decode_head.${path} has shape [${found.shape.join(', ')}].`, {
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

/** One layer's tokens as a map: [1][channels][rows x 4, 2, 1 or 1/2][...]. */
function reassemble(g: GraphBuilder, layers: Layers, index: number, dim: number): Value {
  const patches = g.input(`patches${index}`, 'float32', ['rows', 'columns', dim])
  const cls = g.input(`cls${index}`, 'float32', [dim])
  const path = 'reassemble_blocks'
  const readout = g.apply('Concat', [patches, g.apply('Expand', [cls, g.apply('Shape', [patches])])], { axis: 2 })
  const flat = g.apply('Reshape', [readout, g.integers(-1, 2 * dim)])
  const projected = g.apply('Gelu', [layers.linear(`${path}.readout_projects.${index}.0`, flat)])
  const grid = g.apply('Transpose', [g.apply('Reshape', [projected, g.apply('Shape', [patches])])], { perm: [2, 0, 1] })
  const x = layers.conv(`${path}.projects.${index}.conv`, g.apply('Unsqueeze', [grid, g.integers(0)]))
  const resize = `${path}.resize_layers.${index}`
  if (index < 2) return layers.transposed(resize, x)
  return index === 2 ? x : layers.conv(resize, x, 2)
}

/** The rest of a fusion block, once the finer scale was added: refined; doubled; projected. */
function fuse(g: GraphBuilder, layers: Layers, path: string, x: Value): Value {
  const refined = residual(g, layers, `${path}.res_conv_unit2`, x)
  return layers.conv(`${path}.project.conv`, enlargeByCorners(g, refined))
}

function residual(g: GraphBuilder, layers: Layers, path: string, x: Value): Value {
  const first = layers.conv(`${path}.conv1.conv`, g.apply('Relu', [x]))
  return g.apply('Add', [layers.conv(`${path}.conv2.conv`, g.apply('Relu', [first])), x])
}

/** Bilinear with `align_corners=False`, to the height and width of another map. */
function resizeLike(g: GraphBuilder, x: Value, other: Value): Value {
  const sizes = g.apply('Concat', [g.apply('Shape', [x], { start: 0, end: 2 }), g.apply('Shape', [other], { start: 2, end: 4 })], {
    axis: 0,
  })
  return g.apply('Resize', [x, undefined, undefined, sizes], { mode: 'linear', coordinate_transformation_mode: 'half_pixel' })
}

/** Twice the size, bilinear with `align_corners=True`. */
function enlargeByCorners(g: GraphBuilder, x: Value): Value {
  const scales = g.constant(tensor('float32', Float32Array.of(1, 1, 2, 2), [4]))
  return g.apply('Resize', [x, undefined, scales], { mode: 'linear', coordinate_transformation_mode: 'align_corners' })
}
