import { DinokitError, tensor } from '@dinokit/core'
import type { DepthAnswer, HeadTensor, OwnDepthDescription } from '@dinokit/head-kit'
import { createGraphBuilder, type Graph, type GraphBuilder, type Value } from '@dinokit/onnx'
import { createLayers, doubleByCorners, residual, resizeLike, type Layers } from '../lib/dpt-layers.ts'

/** Network of a depth model's own head. */
export interface OwnDepthNetwork {
  /** Name of the file, for messages. */
  readonly name: string
  readonly description: OwnDepthDescription
  /** Tensors by Depth Anything V2's names below `depth_head.`. */
  readonly tensors: ReadonlyMap<string, HeadTensor>
  /** Width of a token. */
  readonly dim: number
  /** Side of a patch in pixels. */
  readonly patch: number
}

const PREFIX = 'depth_head.'
/** Weights that every such model has and none uses: the coarsest scale has nothing to be added to. */
const UNUSED = 'scratch.refinenet4.resConfUnit1.'

/**
 * A DPT head (arXiv 2103.13413) as Depth Anything has it (DepthAnything/Depth-Anything-V2, depth_anything_v2/dpt.py), with what
 * transformers' DPT has more: four layers brought to four scales, fused from the coarsest to the finest. Inputs `patchesN`
 * [rows][columns][dim] and, where class tokens are read, `clsN` [dim], N from 0; outputs `map` [1][1][height][width] and, where there is a
 * map of the sky, `sky` of the same shape.
 *
 * @param network - tensors, and what they are
 * @param answer - what the last channel means
 * @throws DinokitError `tensor-missing`, `tensor-invalid`
 */
export function ownDepthGraph(network: OwnDepthNetwork, answer: DepthAnswer): Graph {
  const { name, description, tensors, patch } = network
  const g = createGraphBuilder('depth')
  const used = new Set<string>()
  const layers = createLayers(g, { name, prefix: PREFIX, tensors, used })
  const patches = [0, 1, 2, 3].map((index) => g.input(`patches${index}`, 'float32', ['rows', 'columns', network.dim]))
  const scales = patches.map((of, index) => layers.conv(`scratch.layer${index + 1}_rn`, reassemble(g, layers, network, { of, index })))
  let x: Value | undefined
  for (const index of [3, 2, 1, 0]) x = fuse({ g, layers, doubling: description.doubling }, index, scales, x)
  if (tensors.has('scratch.project.weight')) x = g.apply('Relu', [layers.conv('scratch.project', x!)])
  x = layers.conv('scratch.output_conv1', x!)
  if (description.doubling) x = doubleByCorners(g, x)
  else x = resizeTo(g, x, g.apply('Mul', [g.apply('Shape', [patches[0]!], { start: 0, end: 2 }), g.integers(patch)]))
  const last = (path: string): Value => layers.conv(`${path}.2`, g.apply('Relu', [layers.conv(`${path}.0`, x)]))
  g.output('map', activated(g, last('scratch.output_conv2'), answer), 'float32', [1, 1, 'height', 'width'])
  if (answer.kind === 'scaled') g.output('sky', g.apply('Relu', [last('scratch.sky_output_conv2')]), 'float32', [1, 1, 'height', 'width'])
  const extra = [...tensors.keys()].find((path) => !used.has(path) && !path.startsWith(UNUSED))
  if (extra !== undefined)
    throw new DinokitError('tensor-invalid', `${name} has a tensor ${PREFIX}${extra}, which its depth head has no place for.`, {
      given: extra,
      hint: 'It may be of another model, or a newer one.',
    })
  return g.build()
}

/** One layer's tokens as a map: [1][channels][rows x 4, 2, 1 or 1/2][...]. */
function reassemble(
  g: GraphBuilder,
  layers: Layers,
  { description: { readout }, dim }: OwnDepthNetwork,
  { of, index }: { readonly of: Value; readonly index: number },
): Value {
  let tokens = of
  if (readout !== 'ignore') {
    const cls = g.input(`cls${index}`, 'float32', [dim])
    if (readout === 'add') tokens = g.apply('Add', [of, cls])
    else {
      const joined = g.apply('Concat', [of, g.apply('Expand', [cls, g.apply('Shape', [of])])], { axis: 2 })
      const flat = g.apply('Reshape', [joined, g.integers(-1, 2 * dim)])
      const projected = g.apply('Gelu', [layers.linear(`readout_projects.${index}.0`, flat)])
      tokens = g.apply('Reshape', [projected, g.apply('Shape', [of])])
    }
  }
  const grid = g.apply('Unsqueeze', [g.apply('Transpose', [tokens], { perm: [2, 0, 1] }), g.integers(0)])
  const x = layers.conv(`projects.${index}`, grid)
  if (index < 2) return layers.transposed(`resize_layers.${index}`, x)
  return index === 2 ? x : layers.conv('resize_layers.3', x, 2)
}

interface Fusing {
  readonly g: GraphBuilder
  readonly layers: Layers
  readonly doubling: boolean
}

/** The coarser scales with the next one added, refined, and brought to the size of the one after. */
function fuse({ g, layers, doubling }: Fusing, index: number, scales: readonly Value[], coarser: Value | undefined): Value {
  const path = `scratch.refinenet${index + 1}`
  const unit = (number: number): readonly [string, string] => [`${path}.resConfUnit${number}.conv1`, `${path}.resConfUnit${number}.conv2`]
  const own = scales[index]!
  const joined = coarser ? g.apply('Add', [coarser, residual(g, layers, unit(1), doubling ? resizeLike(g, own, coarser) : own)]) : own
  const refined = residual(g, layers, unit(2), joined)
  const next = scales[index - 1]
  const larger = doubling || !next ? doubleByCorners(g, refined) : resizeTo(g, refined, g.apply('Shape', [next], { start: 2, end: 4 }))
  return layers.conv(`${path}.out_conv`, larger)
}

/** Bilinear with `align_corners=True`, to a height and width. */
function resizeTo(g: GraphBuilder, x: Value, size: Value): Value {
  const sizes = g.apply('Concat', [g.apply('Shape', [x], { start: 0, end: 2 }), size], { axis: 0 })
  return g.apply('Resize', [x, undefined, undefined, sizes], { mode: 'linear', coordinate_transformation_mode: 'align_corners' })
}

function activated(g: GraphBuilder, x: Value, answer: DepthAnswer): Value {
  const times = (of: Value, factor: number): Value =>
    factor === 1 ? of : g.apply('Mul', [of, g.constant(tensor('float32', Float32Array.of(factor), []))])
  if (answer.kind === 'meters') return times(g.apply('Sigmoid', [x]), answer.maxDepth)
  if (answer.kind === 'scaled') return g.apply('Exp', [x])
  return times(g.apply('Relu', [x]), answer.kind === 'disparity' ? answer.scale : 1)
}
