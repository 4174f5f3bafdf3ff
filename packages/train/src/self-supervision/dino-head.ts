import type { GraphBuilder, Value } from '@dinokit/onnx'
import { rowLengths } from './row-lengths.ts'

/** A DINO head's parameters, by the reference's names: see {@link dinoHead}. */
export type DinoHeadParameters = Readonly<Record<`mlp.${number}.${'weight' | 'bias'}` | `last_layer.weight_${'g' | 'v'}`, Value>>

/**
 * The head of self-supervised training: an MLP with exact GELU, L2 normalization, and a weight-normalized linear layer to
 * prototypes (facebookresearch/dinov2, dinov2/layers/dino_head.py).
 *
 * @param g - the graph
 * @param x - [rows][dim]
 * @param parameters - `mlp.0`, `mlp.2`, ...: linear layers; `last_layer.weight_v` [prototypes][bottleneck] and
 *   `last_layer.weight_g` [prototypes][1]
 * @returns [rows][prototypes]
 */
export function dinoHead(g: GraphBuilder, x: Value, parameters: DinoHeadParameters): Value {
  const layers = Object.keys(parameters).filter((name) => /^mlp\.\d+\.weight$/.test(name)).length
  let hidden = x
  for (let layer = 0; layer < layers; layer++) {
    if (layer > 0) hidden = g.apply('Gelu', [hidden])
    hidden = g.apply('Gemm', [hidden, parameters[`mlp.${2 * layer}.weight`]!, parameters[`mlp.${2 * layer}.bias`]!], { transB: 1 })
  }
  const bottleneck = g.apply('Div', [hidden, rowLengths(g, hidden, 1e-12)])
  const direction = parameters['last_layer.weight_v']
  const weight = g.apply('Mul', [direction, g.apply('Div', [parameters['last_layer.weight_g'], rowLengths(g, direction, 0)])])
  return g.apply('Gemm', [bottleneck, weight], { transB: 1 })
}
