import { tensor, type Architecture, type OutputRequest, type Tensor } from '@dinokit/core'
import { createGraphBuilder, type Graph, type GraphBuilder, type Value, type Weight } from '@dinokit/onnx'

/** The weights that {@link vitGraph} wants, by role: folded and ready to be multiplied with. */
export interface VitWeights {
  /** Takes a patch's bytes to a token: [dim][patch * patch * 3], the order of bytes in a picture, /255 and mean/std folded in. */
  readonly patchWeight: Weight
  /** [dim] */
  readonly patchBias: Weight
  /** CLS with its position, then the registers: [1][1 + registers][dim]. */
  readonly prefix: Weight
  /** [dim], or undefined where the checkpoint has none. */
  readonly maskToken: Weight | undefined
  /** [dim] each. */
  readonly norm: { readonly weight: Weight; readonly bias: Weight }
  readonly blocks: readonly BlockWeights[]
}

/** A linear layer: weight [out][in], bias [out]. */
export interface LinearWeights {
  readonly weight: Weight
  readonly bias: Weight
}

/** The weights of one block, LayerScale folded into `projection` and `outer`. */
export interface BlockWeights {
  readonly norm1: LinearWeights
  readonly qkv: LinearWeights
  readonly projection: LinearWeights
  readonly norm2: LinearWeights
  readonly inner: LinearWeights
  readonly outer: LinearWeights
}

/** Options of {@link vitGraph}. */
export interface VitGraphOptions extends OutputRequest {
  /**
   * Whether attention may be one MultiHeadAttention node, which only onnxruntime has, where its maps are not asked
   * for. Default true; false keeps to the ONNX standard.
   */
  readonly fused?: boolean
  /**
   * Write the graph for pictures of one size, with the positions of that grid inside, and give the tokens split by kind
   * too: what other programs want. Default: any size, positions are an input.
   */
  readonly fixed?: { readonly grid: readonly [rows: number, columns: number]; readonly positions: Tensor }
}

/**
 * The DINOv2 vision transformer as an ONNX graph: the one place where the architecture is written
 * (facebookresearch/dinov2, dinov2/models/vision_transformer.py; arXiv 2304.07193).
 *
 * Inputs: `pixels` uint8 [batch][height][width][3], `positions` float32 [rows * columns][dim], and `mask` bool
 * [batch][rows * columns] where masks are asked for. Outputs, T = 1 + registers + rows * columns: `tokens`
 * [batch][T][dim] after the final LayerNorm; for layer N `layerN` (normed) and `rawN` [batch][T][dim], `attentionN` [batch][heads][T][T],
 * `queryN`, `keyN` and `valueN` [batch][T][dim]. With `fixed` there is no input `positions`, and the outputs are
 * `last_hidden_state` [batch][T][dim], `cls` [batch][dim], `registers` [batch][registers][dim] where there are any, and
 * `patches` [batch][rows][columns][dim].
 *
 * @param architecture - of the network
 * @param weights - folded weights
 * @param options - the outputs asked for; checked by the caller
 */
export function vitGraph(architecture: Architecture, weights: VitWeights, options: VitGraphOptions = {}): Graph {
  const { dim, heads, depth, layerNormEps: epsilon } = architecture
  const { layers = [], rawLayers = [], attention = [], facets = [], masks = false, fused = true, fixed } = options
  const g = createGraphBuilder('dinov2')
  const sides = fixed ? fixed.grid.map((length) => length * architecture.patch) : ['height', 'width']
  const pixels = g.input('pixels', 'uint8', ['batch', ...sides, 3])
  const positions = fixed ? g.weight('positions', positionsWeight(fixed.positions)) : g.input('positions', 'float32', ['patches', dim])
  const mask = masks ? g.input('mask', 'bool', ['batch', 'patches']) : undefined

  const batch = g.apply('Shape', [pixels], { start: 0, end: 1 })
  /** [batch, ...rest], one of which may be -1. */
  const batched = (...rest: number[]): Value => g.apply('Concat', [batch, g.integers(...rest)], { axis: 0 })
  const flatShape = g.integers(-1, dim)
  const tokenShape = batched(-1, dim)
  const flat = (value: Value): Value => g.apply('Reshape', [value, flatShape])
  const split = (value: Value): Value => g.apply('Reshape', [value, tokenShape])
  const layerNorm = (value: Value, scale: Value, shift: Value): Value =>
    g.apply('LayerNormalization', [value, scale, shift], { axis: -1, epsilon })

  let patches = split(
    linear(g, 'patch', patchRows(g, pixels, batch, architecture.patch), { weight: weights.patchWeight, bias: weights.patchBias }),
  )
  if (mask && weights.maskToken) {
    const masked = g.apply('Unsqueeze', [mask, g.integers(-1)])
    patches = g.apply('Where', [masked, g.weight('mask_token', weights.maskToken), patches])
  }
  const placed = g.apply('Add', [patches, positions])
  const prefix = g.apply('Expand', [g.weight('prefix', weights.prefix), batched(1, 1)])
  const normWeight = g.weight('norm.weight', weights.norm.weight)
  const normBias = g.weight('norm.bias', weights.norm.bias)
  const qkvShape = batched(-1, 3 * dim)
  const headsShape = batched(-1, heads, dim / heads)
  /** The residual stream: [batch * tokens][dim]. */
  let x = flat(g.apply('Concat', [prefix, placed], { axis: 1 }))

  weights.blocks.forEach((block, index) => {
    const layer = index + 1
    const name = `block${layer}`
    const normed1 = layerNorm(x, g.weight(`${name}.norm1.weight`, block.norm1.weight), g.weight(`${name}.norm1.bias`, block.norm1.bias))
    const qkv = g.apply('Reshape', [linear(g, `${name}.qkv`, normed1, block.qkv), qkvShape])
    const [query, key, value] = g.applyMany('Split', 3, [qkv], { axis: 2, num_outputs: 3 }) as [Value, Value, Value]
    if (facets.includes(layer)) {
      for (const [facet, of] of Object.entries({ query, key, value })) g.output(`${facet}${layer}`, of, 'float32', ['batch', 'tokens', dim])
    }
    let attended: Value
    if (fused && !attention.includes(layer)) {
      attended = g.apply('MultiHeadAttention', [query, key, value], { num_heads: heads })
    } else {
      const scale = tensor('float32', Float32Array.of(Math.sqrt(heads / dim)), [])
      const map = attentionMap(g, g.apply('Mul', [query, g.constant(scale)]), key, headsShape)
      if (attention.includes(layer)) g.output(`attention${layer}`, map, 'float32', ['batch', heads, 'tokens', 'tokens'])
      const perHead = g.apply('Transpose', [g.apply('Reshape', [value, headsShape])], { perm: [0, 2, 1, 3] })
      attended = g.apply('Transpose', [g.apply('MatMul', [map, perHead])], { perm: [0, 2, 1, 3] })
    }
    x = g.apply('Add', [x, linear(g, `${name}.projection`, flat(attended), block.projection)])
    const normed2 = layerNorm(x, g.weight(`${name}.norm2.weight`, block.norm2.weight), g.weight(`${name}.norm2.bias`, block.norm2.bias))
    const inner = linear(g, `${name}.inner`, normed2, block.inner)
    x = g.apply('Add', [
      x,
      linear(g, `${name}.outer`, architecture.ffn === 'mlp' ? g.apply('Gelu', [inner]) : swiGlu(g, inner), block.outer),
    ])
    if (rawLayers.includes(layer)) g.output(`raw${layer}`, split(x), 'float32', ['batch', 'tokens', dim])
    // The last layer, normed, is the final tokens.
    if (layers.includes(layer) && layer < depth) {
      g.output(`layer${layer}`, split(layerNorm(x, normWeight, normBias)), 'float32', ['batch', 'tokens', dim])
    }
  })

  const tokens = split(layerNorm(x, normWeight, normBias))
  if (fixed) splitOutputs(g, tokens, architecture, fixed.grid, batched)
  else g.output('tokens', tokens, 'float32', ['batch', 'tokens', dim])
  return g.build()
}

function positionsWeight({ shape, data }: Tensor): Weight {
  return { dtype: 'float32', shape, read: () => new Uint8Array(data.buffer, data.byteOffset, data.byteLength) }
}

function splitOutputs(
  g: GraphBuilder,
  tokens: Value,
  { dim, registers }: Architecture,
  [rows, columns]: readonly [number, number],
  batched: (...rest: number[]) => Value,
): void {
  const first = 1 + registers
  const slice = (start: number, end: number): Value => g.apply('Slice', [tokens, g.integers(start), g.integers(end), g.integers(1)])
  g.output('last_hidden_state', tokens, 'float32', ['batch', first + rows * columns, dim])
  g.output('cls', g.apply('Reshape', [slice(0, 1), batched(dim)]), 'float32', ['batch', dim])
  if (registers > 0) g.output('registers', slice(1, first), 'float32', ['batch', registers, dim])
  g.output('patches', g.apply('Reshape', [slice(first, first + rows * columns), batched(rows, columns, dim)]), 'float32', [
    'batch',
    rows,
    columns,
    dim,
  ])
}

/**
 * Subtracted from every byte, exactly: sums of numbers around 0 lose less to rounding. The patch projection's bias makes
 * up for it.
 */
export const BYTE_CENTRE = 118

/** The bytes of each patch as a row of floats: [batch * rows * columns][patch * patch * 3]. */
function patchRows(g: GraphBuilder, pixels: Value, batch: Value, patch: number): Value {
  const side = g.integers(patch)
  const rows = g.apply('Div', [g.apply('Shape', [pixels], { start: 1, end: 2 }), side])
  const columns = g.apply('Div', [g.apply('Shape', [pixels], { start: 2, end: 3 }), side])
  const shape = g.apply('Concat', [batch, rows, side, columns, g.integers(patch * 3)], { axis: 0 })
  const grid = g.apply('Transpose', [g.apply('Reshape', [pixels, shape])], { perm: [0, 1, 3, 2, 4] })
  const bytes = g.apply('Cast', [g.apply('Reshape', [grid, g.integers(-1, patch * patch * 3)])], { to: 1 })
  return g.apply('Sub', [bytes, g.constant(tensor('float32', Float32Array.of(BYTE_CENTRE), []))])
}

/** x W^T + b. */
function linear(g: GraphBuilder, name: string, x: Value, { weight, bias }: LinearWeights): Value {
  return g.apply('Gemm', [x, g.weight(`${name}.weight`, weight), g.weight(`${name}.bias`, bias)], { transB: 1 })
}

/** softmax(q k^T): [batch][heads][tokens][tokens]. */
function attentionMap(g: GraphBuilder, query: Value, key: Value, headsShape: Value): Value {
  const queries = g.apply('Transpose', [g.apply('Reshape', [query, headsShape])], { perm: [0, 2, 1, 3] })
  const keys = g.apply('Transpose', [g.apply('Reshape', [key, headsShape])], { perm: [0, 2, 3, 1] })
  return g.apply('Softmax', [g.apply('MatMul', [queries, keys])], { axis: -1 })
}

/** silu(a) * b of the two halves a, b (arXiv 2002.05202). */
function swiGlu(g: GraphBuilder, x: Value): Value {
  const [a, b] = g.applyMany('Split', 2, [x], { axis: -1, num_outputs: 2 }) as [Value, Value]
  return g.apply('Mul', [g.apply('Mul', [a, g.apply('Sigmoid', [a])]), b])
}
