import { DinokitError, stackBytes, type AnyTensor, type Pixels, type Runtime, type RunOptions } from '@dinokit/core'
import { encodeModel, type Graph, type GraphNode, type GraphPort } from '@dinokit/onnx'
import type { VitBackbone } from '../vit-backbone.ts'
import { vitGraph } from '../vit-graph.ts'
import { assertNoRegisters, type Neuron } from './test-time-registers.ts'

/** A neuron by which a model makes patches into registers. */
export interface RegisterNeuron extends Neuron {
  /** Mean of its absolute activation at outlier patches, over images that have any. */
  readonly score: number
}

/** Options of {@link findRegisterNeurons}. */
export interface RegisterNeuronsOptions extends RunOptions {
  /** Number of neurons. Default 10. */
  readonly count?: number
  /** Layer at whose end outliers are looked for. Default: the last but one. */
  readonly outlierLayer?: number
  /** Last layer whose neurons are looked at: later ones find outliers there already. Default: two thirds of all. */
  readonly lastLayer?: number
  /** Times the median length above which a patch's raw token is an outlier. Default 4. */
  readonly timesMedian?: number
}

/**
 * Finds the neurons that make patches into registers: those whose absolute activation is largest, on average, at patches whose tokens are
 * much longer than others (arXiv 2506.08010).
 *
 * @param runtime - that makes a session
 * @param backbone - of a model without registers; stays the caller's
 * @param images - prepared as the model's inputs
 * @param options - how many, layers, cancellation
 * @returns the highest score first; none where no image has an outlier
 * @throws DinokitError `model-unsupported`, `invalid-option` for layers that are not there, `session-failed`, `aborted`
 */
export async function findRegisterNeurons(
  runtime: Pick<Runtime, 'createSession'>,
  backbone: VitBackbone,
  images: Iterable<Pixels>,
  options: RegisterNeuronsOptions = {},
): Promise<RegisterNeuron[]> {
  const { card, weights } = backbone
  assertNoRegisters(card)
  const { depth, dim, patch, ffnHidden } = card.architecture
  const { count = 10, outlierLayer = Math.max(1, depth - 1), lastLayer = Math.ceil((2 * depth) / 3), timesMedian = 4, signal } = options
  if (![outlierLayer, lastLayer].every((layer) => Number.isInteger(layer) && layer >= 1 && layer <= depth)) {
    throw new DinokitError('invalid-option', `${card.id} has no such layers.`, {
      given: `layers ${outlierLayer} and ${lastLayer}`,
      expected: `1 to ${depth}`,
    })
  }
  const graph = withActivations(vitGraph(card.architecture, weights, { rawLayers: [outlierLayer] }), lastLayer, ffnHidden)
  const session = await runtime.createSession(encodeModel(graph), { ...(signal && { signal }) })
  const sums = Array.from({ length: lastLayer }, () => new Float64Array(ffnHidden))
  let seen = 0
  try {
    for (const image of images) {
      const positions = backbone.positions([image.height / patch, image.width / patch])
      const outputs = await session.run({ pixels: stackBytes([image]), positions }, { ...(signal && { signal }) })
      const outliers = outlierTokens(outputs[`raw${outlierLayer}`]!.data as Float32Array, dim, timesMedian)
      if (outliers.length === 0) continue
      seen++
      sums.forEach((sum, index) => addMeans(sum, outputs[`activations${index + 1}`]!, outliers))
    }
  } finally {
    await session.dispose()
  }
  return sums
    .flatMap((sum, index) => Array.from(sum, (score, neuron) => ({ layer: index + 1, neuron, score: score / seen })))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, count)
}

/** The network with its neurons as outputs too: `activationsN` [tokens][hidden] of each layer N. */
function withActivations(graph: Graph, lastLayer: number, hidden: number): Graph {
  const [nodes, outputs]: [GraphNode[], GraphPort[]] = [[...graph.nodes], [...graph.outputs]]
  for (let layer = 1; layer <= lastLayer; layer++) {
    const name = `block${layer}.outer.weight`
    const { inputs } = graph.nodes.find((node) => node.operator === 'Gemm' && node.inputs[1]?.name === name)!
    const value = { name: `activations${layer}` }
    nodes.push({ operator: 'Identity', inputs: [inputs[0]], outputs: [value], attributes: {} })
    outputs.push({ value, dtype: 'float32', shape: ['tokens', hidden] })
  }
  return { ...graph, nodes, outputs }
}

/** Places, among all tokens, of patches whose tokens are longer than so many times the median one. */
function outlierTokens(data: Float32Array, dim: number, timesMedian: number): number[] {
  const lengths = Float64Array.from({ length: data.length / dim - 1 }, (_, patch) =>
    Math.hypot(...data.subarray((patch + 1) * dim, (patch + 2) * dim)),
  )
  const median = lengths.toSorted()[lengths.length >> 1]!
  return [...lengths.keys()].filter((patch) => lengths[patch]! > timesMedian * median).map((patch) => patch + 1)
}

function addMeans(sum: Float64Array, { data }: AnyTensor, tokens: readonly number[]): void {
  const values = data as Float32Array
  const hidden = sum.length
  for (const token of tokens)
    for (let neuron = 0; neuron < hidden; neuron++) sum[neuron]! += Math.abs(values[token * hidden + neuron]!) / tokens.length
}
