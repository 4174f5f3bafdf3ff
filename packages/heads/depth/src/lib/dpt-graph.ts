import { DinokitError, tensor } from '@dinokit/core'
import type { HeadTensor } from '@dinokit/head-kit'
import { createGraphBuilder, type Graph, type GraphBuilder, type Value } from '@dinokit/onnx'
import { createLayers, doubleByCorners, residual, resizeLike, type Layers } from './dpt-layers.ts'

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
  const layers = createLayers(g, { name, prefix: 'decode_head.', tensors, used })
  const scales = [0, 1, 2, 3].map((index) => layers.conv(`convs.${index}.conv`, reassemble(g, layers, index, dim)))
  let x = fuse(g, layers, 'fusion_blocks.0', scales[3]!)
  for (let index = 1; index < 4; index++) {
    const path = `fusion_blocks.${index}`
    const finer = residual(
      g,
      layers,
      [`${path}.res_conv_unit1.conv1.conv`, `${path}.res_conv_unit1.conv2.conv`],
      resizeLike(g, scales[3 - index]!, x),
    )
    x = fuse(g, layers, path, g.apply('Add', [x, finer]))
  }
  x = g.apply('Relu', [layers.conv('project.conv', x)])
  x = doubleByCorners(g, layers.conv('conv_depth.head.0', x))
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
  const refined = residual(g, layers, [`${path}.res_conv_unit2.conv1.conv`, `${path}.res_conv_unit2.conv2.conv`], x)
  return layers.conv(`${path}.project.conv`, doubleByCorners(g, refined))
}
