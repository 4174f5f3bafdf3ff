import { tensor, type Activation, type Architecture, type OutputRequest, type Preprocessing } from '@dinokit/core'
import { createGraphBuilder, type Graph, type GraphBuilder, type Value, type Weight } from '@dinokit/onnx'
import { countPrefix } from './parameters.ts'

/**
 * The weights of the network by role: folded and ready to be multiplied with.
 *
 * @typeParam W - weights that are read when they are written, or values of a graph, computed from what is trained
 */
export interface VitWeights<W = Weight> {
  /** Takes a patch's bytes to a token: [dim][patch * patch * channels], the order of bytes in an image, /255 and mean/std folded in. */
  readonly patchWeight: W
  /** [dim] */
  readonly patchBias: W
  /** CLS with its position, then the registers: [1][1 + registers][dim], or undefined where there is neither. */
  readonly prefix: W | undefined
  /** [dim], or undefined where the checkpoint has none. */
  readonly maskToken: W | undefined
  /** [dim] each, or undefined where no LayerNorm follows the last block. */
  readonly norm: { readonly weight: W; readonly bias: W } | undefined
  readonly blocks: readonly BlockWeights<W>[]
}

/** A linear layer: weight [out][in], bias [out]. */
export interface LinearWeights<W = Weight> {
  readonly weight: W
  readonly bias: W
}

/** The weights of one block, LayerScale folded into `projection` and `outer`. */
export type BlockWeights<W = Weight> = Readonly<
  Record<'norm1' | 'query' | 'key' | 'value' | 'projection' | 'norm2' | 'inner' | 'outer', LinearWeights<W>>
>

/** Options of {@link vitGraph}. */
export interface VitGraphOptions extends OutputRequest {
  /**
   * Whether attention may be one MultiHeadAttention node, which only onnxruntime has, where its maps are not asked
   * for. Default true; false keeps to the ONNX standard.
   */
  readonly fused?: boolean
  /**
   * Write the graph for images of one size, with the positions of that grid inside, and the tokens as outputs of another kind: what other
   * programs want. Default: any size, positions are an input.
   */
  readonly fixed?: FixedGraph
}

/** Graph for images of one size. */
export interface FixedGraph {
  /** Rows and columns of patches. */
  readonly grid: readonly [rows: number, columns: number]
  readonly positions: Weight
  readonly rotation?: Weight
  /** Writes the outputs, of the tokens [batch][T][dim] and the batch's length. */
  readonly writeOutputs: (g: GraphBuilder, values: { readonly tokens: Value; readonly batch: Value }) => void
}

/**
 * The DINOv2 vision transformer as an ONNX graph for inference: {@link vitForward} with its inputs, weights and outputs.
 *
 * Inputs: `pixels` uint8 [batch][height][width][channels], `positions` float32 [rows * columns][dim], and `mask` bool
 * [batch][rows * columns] where masks are asked for, and `rotation` float32 [2][T][1][dim / heads] where positions are rotary. Outputs, T = 1 + registers + rows * columns: `tokens`
 * [batch][T][dim] after the final LayerNorm; for layer N `layerN` (normed), `rawN` [batch][T][dim], `attentionN` [batch][heads][T][T],
 * `queryN`, `keyN` and `valueN` [batch][T][dim], before rotary positions turn them. With `fixed` there are no inputs `positions` and `rotation`.
 *
 * @param architecture - of the network
 * @param weights - folded weights
 * @param options - the outputs asked for; checked by the caller
 */
export function vitGraph(architecture: Architecture, weights: VitWeights, options: VitGraphOptions = {}): Graph {
  const { dim, heads, depth, channels = 3 } = architecture
  const { masks = false, fixed } = options
  const g = createGraphBuilder('dinov2')
  const sides = fixed ? fixed.grid.map((length) => length * architecture.patch) : ['height', 'width']
  const pixels = g.input('pixels', 'uint8', ['batch', ...sides, channels])
  const positions = fixed ? g.weight('positions', fixed.positions) : g.input('positions', 'float32', ['patches', dim])
  const rotation = rotaryInput(g, architecture, fixed?.rotation)
  const mask = masks ? g.input('mask', 'bool', ['batch', 'patches']) : undefined
  const values = placeWeights(g, mask ? weights : { ...weights, maskToken: undefined })
  const { tokens, layers, rawLayers, attention, facets } = vitForward(
    g,
    { architecture, weights: values },
    { pixels, positions, ...(rotation && { rotation }), ...(mask && { mask }) },
    options,
  )

  // A runtime that knows outputs' shapes beforehand can leave them where they are computed.
  const count = `patches + ${countPrefix(architecture)}`
  for (const [layer, { query, key, value }] of facets) {
    for (const [facet, of] of Object.entries({ query, key, value })) g.output(`${facet}${layer}`, of, 'float32', ['batch', count, dim])
  }
  for (const [layer, map] of attention) g.output(`attention${layer}`, map, 'float32', ['batch', heads, count, count])
  // The last layer, normed, is the final tokens.
  for (const [layer, of] of layers) if (layer < depth) g.output(`layer${layer}`, of, 'float32', ['batch', count, dim])
  for (const [layer, of] of rawLayers) g.output(`raw${layer}`, of, 'float32', ['batch', count, dim])
  if (fixed) fixed.writeOutputs(g, { tokens, batch: g.apply('Shape', [pixels], { start: 0, end: 1 }) })
  else g.output('tokens', tokens, 'float32', ['batch', count, dim])
  return g.build()
}

/**
 * Whether images are floats that are not rounded to bytes.
 *
 * @param preprocessing - of the card
 */
export function takesFloats({ resampler }: Pick<Preprocessing, 'resampler'>): boolean {
  return resampler === 'torchvision-unrounded' || resampler === 'opencv'
}

/**
 * The same graph, for images as a card's preprocessing makes them: of bytes, or of floats where those are not rounded.
 *
 * @param graph - whose input `pixels` is uint8
 * @param preprocessing - of the card
 */
export function withPixelsOf(graph: Graph, preprocessing: Pick<Preprocessing, 'resampler'>): Graph {
  if (!takesFloats(preprocessing)) return graph
  // All that reads them makes them floats first.
  return { ...graph, inputs: graph.inputs.map((port) => (port.value.name === 'pixels' ? { ...port, dtype: 'float32' } : port)) }
}

/** Network that {@link vitForward} writes. */
export interface VitNetwork {
  readonly architecture: Architecture
  readonly weights: VitWeights<Value>
}

/** Inputs of {@link vitForward}. */
export interface VitInputs {
  /** uint8 [batch][height][width][channels] */
  readonly pixels: Value
  /** [rows * columns][dim], or of each image; may be left out where positions are rotary. */
  readonly positions?: Value
  /**
   * Table by which queries and keys are rotated, where positions are rotary: cosines, and sines of which the first half of a head is negated,
   * [2][T][1][dim / heads]; 1 and 0 for tokens before the patches.
   */
  readonly rotation?: Value
  /** bool [batch][rows * columns], where patches are replaced by the mask token. */
  readonly mask?: Value
  /** Changes that training makes. Only where `fused` is false. */
  readonly changes?: VitChanges
}

/** Changes to values of {@link vitForward} on their way; none by default. */
export interface VitChanges {
  /** The bytes of patches, [batch * patches][patch * patch * channels], where fewer are to be seen; `positions` are theirs. */
  readonly rows?: (rows: Value) => Value
  /** The scores of keys before softmax, [batch][heads][T][T]. */
  readonly scores?: (scores: Value) => Value
  /** A LayerNorm of each block, and the last; where it does more or less than `weight` and `bias` say. */
  readonly norm?: (value: Value, norm: LinearWeights<Value>, epsilon: number) => Value
  /**
   * Query times sqrt(heads / dim), key and value of a block, counted from 0, [batch * T][dim] each, of its normed tokens
   * [batch * T][dim]. The block's `query`, `key` and `value` take no part, and its facets can't be asked for.
   */
  readonly facets?: (normed: Value, index: number) => Facet
  /** The activation of an MLP, [batch * T][ffnHidden]. */
  readonly activation?: (inner: Value) => Value
  /** A residual branch, [batch * T][dim]: attention and feed-forward of each block in turn, counted from 0. */
  readonly branch?: (value: Value, index: number) => Value
}

/** Values of {@link vitForward}; T = 1 + registers + rows * columns, or one less without a class token. */
export interface VitValues {
  /** [batch][T][dim], after the final LayerNorm. */
  readonly tokens: Value
  /** [batch][T][dim] of the layers asked for, by number, after the final LayerNorm. */
  readonly layers: ReadonlyMap<number, Value>
  /** [batch][T][dim] of the layers asked for, by number, as the blocks leave them. */
  readonly rawLayers: ReadonlyMap<number, Value>
  /** [batch][heads][T][T] of the layers asked for, by number. */
  readonly attention: ReadonlyMap<number, Value>
  /** [batch][T][dim] each, of the layers asked for, by number. */
  readonly facets: ReadonlyMap<number, { readonly query: Value; readonly key: Value; readonly value: Value }>
}

/**
 * Writes the network into a graph: the one place where the architecture is written
 * (facebookresearch/dinov2, dinov2/models/vision_transformer.py; arXiv 2304.07193). It may be written several times into
 * one graph with the same weights, as training on crops of two sizes does; `fused: false` can be differentiated.
 *
 * @param g - where to
 * @param network - its architecture, and folded weights as values of the graph
 * @param inputs - images and positions
 * @param options - the outputs asked for
 */
export function vitForward(
  g: GraphBuilder,
  { architecture, weights }: VitNetwork,
  { pixels, positions, rotation, mask, changes = {} }: VitInputs,
  options: Omit<VitGraphOptions, 'fixed' | 'masks'> = {},
): VitValues {
  const { dim, heads, layerNormEps, finalNormEps = layerNormEps, activation = 'gelu' } = architecture
  const { layers = [], rawLayers = [], attention = [], facets = [], fused = true } = options
  const found = { rawLayers: new Map<number, Value>(), attention: new Map<number, Value>(), facets: new Map<number, Facet>() }
  const batch = g.apply('Shape', [pixels], { start: 0, end: 1 })
  /** [batch, ...rest], one of which may be -1. */
  const batched = (...rest: number[]): Value => g.apply('Concat', [batch, g.integers(...rest)], { axis: 0 })
  const flatShape = g.integers(-1, dim)
  const tokenShape = batched(-1, dim)
  const flat = (value: Value): Value => g.apply('Reshape', [value, flatShape])
  const split = (value: Value): Value => g.apply('Reshape', [value, tokenShape])
  const plainNorm = (value: Value, { weight, bias }: LinearWeights<Value>, epsilon: number): Value =>
    g.apply('LayerNormalization', [value, weight, bias], { axis: -1, epsilon })
  const { rows = same, scores = same, branch = same, norm: applyNorm = plainNorm } = changes
  const layerNorm = (value: Value, norm: LinearWeights<Value>, epsilon = layerNormEps): Value => applyNorm(value, norm, epsilon)
  const activate = changes.activation ?? ((inner: Value): Value => ACTIVATIONS[activation](g, inner))
  let patches = split(linear(g, rows(patchRows(g, pixels, batch, architecture)), { weight: weights.patchWeight, bias: weights.patchBias }))
  if (mask && weights.maskToken) patches = g.apply('Where', [g.apply('Unsqueeze', [mask, g.integers(-1)]), weights.maskToken, patches])
  const placed = positions ? g.apply('Add', [patches, positions]) : patches
  const prefix = weights.prefix && g.apply('Expand', [weights.prefix, batched(1, 1)])
  const headsShape = batched(-1, heads, dim / heads)
  const rotated = rotation ? rotator(g, rotation, headsShape, tokenShape) : (value: Value): Value => value
  const streams = new Map<number, Value>()
  /** The residual stream: [batch * tokens][dim]. */
  let x = flat(prefix ? g.apply('Concat', [prefix, placed], { axis: 1 }) : placed)

  weights.blocks.forEach((block, index) => {
    const layer = index + 1
    const normed = layerNorm(x, block.norm1)
    const made = changes.facets?.(normed, index)
    const of = (facet: 'query' | 'key' | 'value'): Value => split(made?.[facet] ?? linear(g, normed, block[facet]))
    // Three layers and not one of three times the width: its output would have to be cut up, which takes longer.
    const [query, key, value] = [of('query'), of('key'), of('value')]
    if (!made && facets.includes(layer)) found.facets.set(layer, { query, key, value })
    const [turnedQuery, turnedKey] = [rotated(query), rotated(key)]
    let attended: Value
    if (fused && !attention.includes(layer)) {
      attended = g.apply('MultiHeadAttention', [turnedQuery, turnedKey, value], { num_heads: heads })
    } else {
      const scaled = made ? turnedQuery : g.apply('Mul', [turnedQuery, scalar(g, Math.sqrt(heads / dim))])
      const map = g.apply('Softmax', [scores(attentionScores(g, scaled, turnedKey, headsShape))], { axis: -1 })
      if (attention.includes(layer)) found.attention.set(layer, map)
      const perHead = g.apply('Transpose', [g.apply('Reshape', [value, headsShape])], { perm: [0, 2, 1, 3] })
      attended = g.apply('Transpose', [g.apply('MatMul', [map, perHead])], { perm: [0, 2, 1, 3] })
    }
    x = g.apply('Add', [x, branch(linear(g, flat(attended), block.projection), 2 * index)])
    const inner = linear(g, layerNorm(x, block.norm2), block.inner)
    const outer = linear(g, architecture.ffn === 'mlp' ? activate(inner) : swiGlu(g, inner), block.outer)
    x = g.apply('Add', [x, branch(outer, 2 * index + 1)])
    if (rawLayers.includes(layer)) found.rawLayers.set(layer, split(x))
    if (layers.includes(layer)) streams.set(layer, x)
  })

  const { norm } = weights
  const final = (stream: Value): Value => split(norm ? layerNorm(stream, norm, finalNormEps) : stream)
  const tokens = final(x)
  const normed = (layer: number, stream: Value): Value => (layer === weights.blocks.length ? tokens : final(stream))
  return { ...found, tokens, layers: new Map(Array.from(streams, ([layer, stream]) => [layer, normed(layer, stream)])) }
}

const same = (value: Value): Value => value

/** Query, key and value. */
export interface Facet {
  readonly query: Value
  readonly key: Value
  readonly value: Value
}

/** Adds every weight to a graph, by names that say its role. */
function placeWeights(g: GraphBuilder, weights: VitWeights): VitWeights<Value> {
  const pair = (name: string, { weight, bias }: LinearWeights): LinearWeights<Value> => ({
    weight: g.weight(`${name}.weight`, weight),
    bias: g.weight(`${name}.bias`, bias),
  })
  return {
    patchWeight: g.weight('patch.weight', weights.patchWeight),
    patchBias: g.weight('patch.bias', weights.patchBias),
    maskToken: weights.maskToken && g.weight('mask_token', weights.maskToken),
    prefix: weights.prefix && g.weight('prefix', weights.prefix),
    norm: weights.norm && pair('norm', weights.norm),
    blocks: weights.blocks.map((block, index) => {
      const layers = Object.entries(block).map(([role, layer]) => [role, pair(`block${index + 1}.${role}`, layer)])
      return Object.fromEntries(layers) as BlockWeights<Value>
    }),
  }
}

/** The input of a network with rotary positions, or what stands in its place. */
function rotaryInput(g: GraphBuilder, architecture: Architecture, fixed: Weight | undefined): Value | undefined {
  if (architecture.positionGrid[0] > 0) return undefined
  if (fixed) return g.weight('rotation', fixed)
  return g.input('rotation', 'float32', [2, `patches + ${countPrefix(architecture)}`, 1, architecture.dim / architecture.heads])
}

/** Makes what rotates queries or keys [batch][T][dim] by a table: x cos + (the halves of each head changed about) sin. */
function rotator(g: GraphBuilder, rotation: Value, headsShape: Value, tokenShape: Value): (value: Value) => Value {
  const [cosines, sines] = g.applyMany('Split', 2, [rotation], { axis: 0, num_outputs: 2 }) as [Value, Value]
  return (value) => {
    const heads = g.apply('Reshape', [value, headsShape])
    const [first, second] = g.applyMany('Split', 2, [heads], { axis: -1, num_outputs: 2 }) as [Value, Value]
    const changed = g.apply('Concat', [second, first], { axis: -1 })
    const turned = g.apply('Add', [g.apply('Mul', [heads, cosines]), g.apply('Mul', [changed, sines])])
    return g.apply('Reshape', [turned, tokenShape])
  }
}

/**
 * Subtracted from every byte, exactly: sums of numbers around 0 lose less to rounding. The patch projection's bias makes
 * up for it.
 */
export const BYTE_CENTER = 118

/** The bytes of each patch as a row of floats: [batch * rows * columns][patch * patch * channels]. */
function patchRows(g: GraphBuilder, pixels: Value, batch: Value, { patch, channels = 3 }: Architecture): Value {
  const side = g.integers(patch)
  const rows = g.apply('Div', [g.apply('Shape', [pixels], { start: 1, end: 2 }), side])
  const columns = g.apply('Div', [g.apply('Shape', [pixels], { start: 2, end: 3 }), side])
  const shape = g.apply('Concat', [batch, rows, side, columns, g.integers(patch * channels)], { axis: 0 })
  const grid = g.apply('Transpose', [g.apply('Reshape', [pixels, shape])], { perm: [0, 1, 3, 2, 4] })
  const bytes = g.apply('Cast', [g.apply('Reshape', [grid, g.integers(-1, patch * patch * channels)])], { to: 1 })
  return g.apply('Sub', [bytes, g.constant(tensor('float32', Float32Array.of(BYTE_CENTER), []))])
}

/** x W^T + b. */
function linear(g: GraphBuilder, x: Value, { weight, bias }: LinearWeights<Value>): Value {
  return g.apply('Gemm', [x, weight, bias], { transB: 1 })
}

/** q k^T: [batch][heads][tokens][tokens]. */
function attentionScores(g: GraphBuilder, query: Value, key: Value, headsShape: Value): Value {
  const queries = g.apply('Transpose', [g.apply('Reshape', [query, headsShape])], { perm: [0, 2, 1, 3] })
  const keys = g.apply('Transpose', [g.apply('Reshape', [key, headsShape])], { perm: [0, 2, 3, 1] })
  return g.apply('MatMul', [queries, keys])
}

/** Written by operators that can be differentiated; the sigmoid of 2 z is (1 + tanh z) / 2. */
const ACTIVATIONS: Readonly<Record<Activation, (g: GraphBuilder, x: Value) => Value>> = {
  gelu: (g, x) => g.apply('Gelu', [x]),
  gelu_tanh: (g, x) => {
    const cube = g.apply('Mul', [g.apply('Mul', [x, x]), g.apply('Mul', [x, scalar(g, 0.044715)])])
    return gated(g, x, g.apply('Mul', [g.apply('Add', [x, cube]), scalar(g, 2 * Math.sqrt(2 / Math.PI))]))
  },
  quick_gelu: (g, x) => gated(g, x, g.apply('Mul', [x, scalar(g, 1.702)])),
  silu: (g, x) => gated(g, x, x),
  relu: (g, x) => g.apply('Relu', [x]),
}

function gated(g: GraphBuilder, x: Value, gate: Value): Value {
  return g.apply('Mul', [x, g.apply('Sigmoid', [gate])])
}

function scalar(g: GraphBuilder, value: number): Value {
  return g.constant(tensor('float32', Float32Array.of(value), []))
}

/** silu(a) * b of the two halves a, b (arXiv 2002.05202). */
function swiGlu(g: GraphBuilder, x: Value): Value {
  const [a, b] = g.applyMany('Split', 2, [x], { axis: -1, num_outputs: 2 }) as [Value, Value]
  return g.apply('Mul', [g.apply('Mul', [a, g.apply('Sigmoid', [a])]), b])
}
