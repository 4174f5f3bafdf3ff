import { DinokitError, tensor, type ModelCard } from '@dinokit/core'
import type { GraphBuilder, Value } from '@dinokit/onnx'
import { positionMatrix } from './interpolate-positions.ts'
import { BYTE_CENTER, type BlockWeights, type LinearWeights, type VitWeights } from './vit-graph.ts'

/** A network's parameters as values of a graph, by Meta's names and in Meta's shapes: see `parametersOf`. */
export type VitParameters = Readonly<Record<string, Value>>

/**
 * Writes the folding of a network's parameters into a graph, so that what is trained are the parameters as checkpoints
 * keep them, whereas the network computes with folded weights as it does in inference.
 *
 * @param g - where to
 * @param card - architecture, mean and std
 * @param parameters - all of them; LayerScale and the mask token may be absent
 * @throws DinokitError `model-unsupported` for a network without a class token, or whose images have not three channels
 */
export function foldParameters(g: GraphBuilder, card: ModelCard, parameters: VitParameters): VitWeights<Value> {
  const { dim, depth, registers, ffn, pooling, positionGrid, channels = 3 } = card.architecture
  if (pooling === 'mean') throw withoutClassToken(card.id, 'be trained')
  if (channels !== 3) throw notOfColors(card.id, channels)
  const of = (name: string): Value => parameters[name]!
  const linear = (name: string): LinearWeights<Value> => ({ weight: of(`${name}.weight`), bias: of(`${name}.bias`) })
  const scaled = (name: string, gamma: Value | undefined): LinearWeights<Value> => {
    const { weight, bias } = linear(name)
    if (!gamma) return { weight, bias }
    const perRow = g.apply('Unsqueeze', [gamma, g.integers(1)])
    return { weight: g.apply('Mul', [weight, perRow]), bias: g.apply('Mul', [bias, gamma]) }
  }
  /** The three layers of which `attn.qkv` is made. */
  const facets = (name: string): [query: LinearWeights<Value>, key: LinearWeights<Value>, value: LinearWeights<Value>] => {
    const [weights, biases] = ['weight', 'bias'].map((kind) =>
      g.applyMany('Split', 3, [of(`${name}.${kind}`)], { axis: 0, num_outputs: 3 }),
    )
    const [query, key, value] = weights!.map((weight, index) => ({ weight, bias: biases![index]! }))
    return [query!, key!, value!]
  }
  const block = (index: number): BlockWeights<Value> => {
    const name = `blocks.${index}`
    const [inner, outer] = ffn === 'mlp' ? ['mlp.fc1', 'mlp.fc2'] : ['mlp.w12', 'mlp.w3']
    const [query, key, value] = facets(`${name}.attn.qkv`)
    return {
      norm1: linear(`${name}.norm1`),
      query,
      key,
      value,
      projection: scaled(`${name}.attn.proj`, parameters[`${name}.ls1.gamma`]),
      norm2: linear(`${name}.norm2`),
      inner: linear(`${name}.${inner}`),
      outer: scaled(`${name}.${outer}`, parameters[`${name}.ls2.gamma`]),
    }
  }
  const rotary = positionGrid[0] === 0
  const cls = rotary ? of('cls_token') : g.apply('Add', [of('cls_token'), positionRows(g, of('pos_embed'), 0, 1)])
  return {
    ...foldPatch(g, card, of('patch_embed.proj.weight'), of('patch_embed.proj.bias')),
    prefix: registers > 0 ? g.apply('Concat', [cls, of('register_tokens')], { axis: 1 }) : cls,
    maskToken: parameters.mask_token && g.apply('Reshape', [parameters.mask_token, g.integers(dim)]),
    norm: parameters['norm.weight'] && linear('norm'),
    blocks: Array.from({ length: depth }, (_, index) => block(index)),
  }
}

/**
 * Writes the resampling of a stored position embedding to a grid into a graph.
 *
 * @param g - where to
 * @param card - stored grid, and how positions are resampled
 * @param embedding - `pos_embed`, [1][1 + rows * columns][dim] of the stored grid
 * @param grid - wanted rows and columns
 * @returns [rows * columns][dim] of the wanted grid
 */
export function foldPositions(g: GraphBuilder, card: ModelCard, embedding: Value, grid: readonly [number, number]): Value {
  const { dim, positionGrid } = card.architecture
  const [rows, columns] = positionGrid
  const stored = positionRows(g, embedding, 1, 1 + rows * columns)
  if (rows === grid[0] && columns === grid[1]) return g.apply('Reshape', [stored, g.integers(-1, dim)])
  const vertical = g.constant(positionMatrix(rows, grid[0], card.interpolation))
  const horizontal = g.constant(positionMatrix(columns, grid[1], card.interpolation))
  const resampledRows = g.apply('MatMul', [vertical, g.apply('Reshape', [stored, g.integers(rows, columns * dim)])])
  const byRow = g.apply('Reshape', [resampledRows, g.integers(grid[0], columns, dim)])
  return g.apply('Reshape', [g.apply('MatMul', [horizontal, byRow]), g.integers(-1, dim)])
}

function notOfColors(model: string, channels: number): DinokitError {
  return new DinokitError('model-unsupported', `${model} takes images of ${channels} channels, so it can’t be trained here.`, {
    given: `${channels} channels`,
    expected: 'a network for images of 3 channels: red, green, blue',
  })
}

/** Refusal of a network without a class token, where one is needed. */
export function withoutClassToken(model: string, what: string): DinokitError {
  return new DinokitError('model-unsupported', `${model} has no class token, so it can’t ${what} here.`, {
    given: 'a network that pools by the mean of its patches',
    expected: 'a network with a class token',
  })
}

function positionRows(g: GraphBuilder, embedding: Value, start: number, end: number): Value {
  return g.apply('Slice', [embedding, g.integers(start), g.integers(end), g.integers(1)])
}

/** Folds the patch embedding as `foldWeights` does for inference: /255, mean and std, the order of an image's bytes, and what centers them. */
function foldPatch(
  g: GraphBuilder,
  { architecture: { dim, patch }, preprocessing: { mean, std } }: ModelCard,
  weight: Value,
  bias: Value,
): Pick<VitWeights<Value>, 'patchWeight' | 'patchBias'> {
  const perChannel = (values: readonly number[]): Value => g.constant(tensor('float32', Float32Array.from(values), [3, 1, 1]))
  const scaled = g.apply('Mul', [weight, perChannel(std.map((deviation) => 1 / (255 * deviation)))])
  const shifted = g.apply('Mul', [weight, perChannel(mean.map((value, channel) => (value - BYTE_CENTER / 255) / std[channel]!))])
  const bytes = g.apply('Transpose', [scaled], { perm: [0, 2, 3, 1] })
  return {
    patchWeight: g.apply('Reshape', [bytes, g.integers(dim, patch * patch * 3)]),
    patchBias: g.apply('Sub', [bias, g.apply('ReduceSum', [shifted, g.integers(1, 2, 3)], { keepdims: 0 })]),
  }
}
