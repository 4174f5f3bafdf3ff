import { tensor, type ModelCard } from '@dinokit/core'
import type { GraphBuilder, Value } from '@dinokit/onnx'
import type { BlockWeights, LinearWeights, VitChanges, VitParameters, VitWeights } from '@dinokit/vit'
import { scalar } from '../step/scalar.ts'

/** A network as training writes it: weights, and what is written in another way than for inference. */
export interface TrainingForm {
  readonly weights: VitWeights<Value>
  readonly changes: Pick<VitChanges, 'norm' | 'facets' | 'activation'>
}

/**
 * Writes a network so that the way back from its loss is cheap. It computes the same:
 *
 * - Weight and bias of the LayerNorms of blocks go into the layers that follow, so that the norm's output is all that its gradient needs.
 * - Query, key and value are one layer: one product each for the gradients of what goes in and of the weights, where there were three.
 * - Where the activation is GELU, x (1 + erf(x / sqrt 2)) / 2 is written as t (1 + erf t), with t = x / sqrt 2: the factors go into the
 *   layers around it, and the error function is computed once.
 *
 * Networks with rotary positions keep their attention, and their norms.
 *
 * @param g - the graph
 * @param card - of the network
 * @param weights - folded as for inference, without the bias of keys
 * @param parameters - by Meta's names
 */
export function foldForTraining(g: GraphBuilder, card: ModelCard, weights: VitWeights<Value>, parameters: VitParameters): TrainingForm {
  const { architecture } = card
  const { dim, heads, ffn, activation = 'gelu', positionGrid } = architecture
  const gelu = ffn === 'mlp' && activation === 'gelu'
  const activated = gelu && {
    activation: (t: Value): Value => g.apply('Mul', [t, g.apply('Add', [g.apply('Erf', [t]), scalar(g, 1)])]),
  }
  const withFactors = (block: BlockWeights<Value>): BlockWeights<Value> =>
    gelu ? { ...block, inner: scaled(g, block.inner), outer: { ...block.outer, weight: half(g, block.outer.weight) } } : block
  // Where keys are rotated, what a norm shifts by shifts keys too. Elsewhere a bias of keys changes nothing: see withoutKeyBias.
  if (positionGrid[0] === 0) return { weights: { ...weights, blocks: weights.blocks.map(withFactors) }, changes: { ...activated } }

  const perFacet = (query: number, key: number, value: number): Float32Array =>
    Float32Array.from({ length: 3 * dim }, (_, i) => [query, key, value][Math.floor(i / dim)]!)
  const scale = Math.sqrt(heads / dim)
  const factors = g.constant(tensor('float32', perFacet(scale, 1, 1), [3 * dim, 1]))
  const biasFactors = constant(g, perFacet(scale, 0, 1))
  const joined = weights.blocks.map((block, index): LinearWeights<Value> => {
    const [weight, bias] = ['weight', 'bias'].map((kind) => parameters[`blocks.${index}.attn.qkv.${kind}`]!) as [Value, Value]
    const layer = afterNorm(g, { weight, bias }, block.norm1, dim)
    return { weight: g.apply('Mul', [layer.weight, factors]), bias: g.apply('Mul', [layer.bias, biasFactors]) }
  })
  const ones = constant(g, new Float32Array(dim).fill(1))
  const none: LinearWeights<Value> = { weight: ones, bias: ones }
  const blocks = weights.blocks.map((block): BlockWeights<Value> => {
    const inner = afterNorm(g, block.inner, block.norm2, dim)
    return withFactors({ ...block, norm1: none, norm2: none, inner })
  })
  return {
    weights: { ...weights, blocks },
    changes: {
      ...activated,
      norm: (value, norm, epsilon) =>
        g.applyMany('LayerNormalization', 3, [value, ...(norm === none ? [ones] : [norm.weight, norm.bias])], { axis: -1, epsilon })[0]!,
      facets(normed, index) {
        const { weight, bias } = joined[index]!
        const all = g.apply('Gemm', [normed, weight, bias], { transB: 1 })
        const [query, key, value] = g.applyMany('Split', 3, [all], { axis: 1, num_outputs: 3 }) as [Value, Value, Value]
        return { query, key, value }
      },
    },
  }
}

/**
 * The same network: what the bias of keys adds to a query's scores is the same for every key, and softmax takes it out. Where keys are
 * rotated it would not be the same, and those networks have none.
 * Written so, its gradient is exactly 0, not what rounding leaves, which AdamW would make whole steps of.
 *
 * @param g - the graph
 * @param weights - folded as for inference
 * @param dim - width
 */
export function withoutKeyBias(g: GraphBuilder, weights: VitWeights<Value>, dim: number): VitWeights<Value> {
  const none = constant(g, new Float32Array(dim))
  const blocks = weights.blocks.map((block) => ({ ...block, key: { ...block.key, bias: none } }))
  return { ...weights, blocks }
}

/** A linear layer of what a LayerNorm gives before it multiplies and adds: W (n w + b) + c = (W w) n + (W b + c). */
function afterNorm(g: GraphBuilder, { weight, bias }: LinearWeights<Value>, norm: LinearWeights<Value>, dim: number): LinearWeights<Value> {
  const shift = g.apply('MatMul', [weight, g.apply('Reshape', [norm.bias, g.integers(dim, 1)])])
  return {
    weight: g.apply('Mul', [weight, norm.weight]),
    bias: g.apply('Add', [bias, g.apply('Reshape', [shift, g.integers(-1)])]),
  }
}

const scaled = (g: GraphBuilder, { weight, bias }: LinearWeights<Value>): LinearWeights<Value> => ({
  weight: half(g, weight),
  bias: half(g, bias),
})

/** Times the root of a half. */
function half(g: GraphBuilder, value: Value): Value {
  return g.apply('Mul', [value, scalar(g, Math.SQRT1_2)])
}

function constant(g: GraphBuilder, values: Float32Array): Value {
  return g.constant(tensor('float32', values, [values.length]))
}
