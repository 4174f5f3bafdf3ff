import {
  classAttention,
  DinokitError,
  tensor,
  type AnyTensor,
  type HeadHost,
  type HeadNeeds,
  type Tensor,
  type Tokens,
} from '@dinokit/core'
import { createGraphBuilder, encodeModel, type GraphBuilder, type Value, type Weight } from '@dinokit/onnx'
import { chosenHeads, headsOfLayer } from './attention/attention-heads.ts'
import type { HeadFile, HeadInput } from './head-file.ts'
import { foldSteps, type FoldedStep } from './fold-steps.ts'

/** A dense head's network in a session of its own: a map of channels for the patches of an image. */
export interface DenseSession {
  /**
   * Runs it once.
   *
   * @param tokens - of the image
   * @param signal - cancels it
   * @returns [channels][rows * upsample][columns * upsample]; for depth one channel, meters, not clipped
   */
  run(tokens: Tokens, signal?: AbortSignal): Promise<Tensor>
  dispose(): Promise<void>
}

/**
 * Lists the outputs of a backbone that a head of this input needs.
 *
 * @param input - of the head's description
 * @param depth - number of the backbone's layers: the last one, normed, is the final tokens
 */
export function describeNeeds({ layers, norm, tokens }: HeadInput, depth: number): HeadNeeds {
  if (tokens.includes('attention')) return { attention: layers }
  if (!norm) return { rawLayers: layers }
  const others = layers.filter((layer) => layer !== depth)
  return others.length > 0 ? { layers: others } : {}
}

/**
 * The tokens of a layer as a head wants them.
 *
 * @param tokens - of the image
 * @param layer - counted from 1
 * @param norm - after the final LayerNorm, or raw
 */
export function readLayer(tokens: Tokens, layer: number, norm: boolean): Pick<Tokens, 'cls' | 'patches'> {
  return (norm ? tokens.layers[layer] : tokens.rawLayers[layer]) ?? tokens
}

/** Rows and columns of patches. */
function gridOf({ patches: { shape } }: Tokens): readonly [number, number] {
  return [shape[0]!, shape[1]!]
}

/**
 * Makes the session of a dense head: its layers are concatenated, its steps applied, the map enlarged, depth decoded.
 *
 * @param host - that the head is attached to
 * @param head - description and tensors, checked
 */
export async function createDenseSession(host: HeadHost, head: HeadFile): Promise<DenseSession> {
  const { input, backbone } = head.description
  const { layers, norm, tokens: kinds } = input
  const session = await host.runtime.createSession(encodeModel(denseGraph(head).build()), { ...(host.signal && { signal: host.signal }) })
  return {
    async run(tokens, signal) {
      const feeds: Record<string, AnyTensor> = {}
      for (const layer of layers) {
        if (kinds.includes('attention')) {
          const maps = classAttention(tokens.attention[layer]!, gridOf(tokens))
          feeds[`attention${layer}`] = input.heads ? chosenHeads(maps, headsOfLayer(input, layer, backbone.heads!)) : maps
          continue
        }
        const { cls, patches } = readLayer(tokens, layer, norm)
        feeds[`patches${layer}`] = patches
        if (kinds.includes('cls')) feeds[`cls${layer}`] = cls
      }
      const { map } = await session.run(feeds, { ...(signal && { signal }) })
      return tensor('float32', map!.data as Float32Array, map!.shape.slice(1))
    },
    dispose: () => session.dispose(),
  }
}

/**
 * A dense head as a graph: inputs `patchesN` [rows][columns][dim] and `clsN` [dim], or `attentionN` [heads][rows][columns],
 * of each layer N; output `map` [1][channels][rows * upsample][columns * upsample].
 *
 * @param head - description and tensors, checked
 */
export function denseGraph(head: HeadFile): GraphBuilder {
  const { input, backbone, upsample = 1, output, name } = head.description
  const g = createGraphBuilder(name)
  const parts = input.layers.flatMap((layer) => {
    if (input.tokens.includes('attention'))
      return [g.input(`attention${layer}`, 'float32', [headsOfLayer(input, layer, backbone.heads!).length, 'rows', 'columns'])]
    const patches = g.input(`patches${layer}`, 'float32', ['rows', 'columns', backbone.dim])
    const map = g.apply('Transpose', [patches], { perm: [2, 0, 1] })
    if (!input.tokens.includes('cls')) return [map]
    const cls = g.apply('Reshape', [g.input(`cls${layer}`, 'float32', [backbone.dim]), g.integers(backbone.dim, 1, 1)])
    return [map, g.apply('Expand', [cls, g.apply('Shape', [map])])]
  })
  const joined = parts.length === 1 ? parts[0]! : g.apply('Concat', parts, { axis: 0 })
  let x = g.apply('Unsqueeze', [joined, g.integers(0)])
  foldSteps(head).forEach((step, index) => (x = applyStep(g, `step${index}`, x, step)))
  if (upsample > 1) x = enlarge(g, x, upsample)
  if (output.kind === 'bins') x = expectation(g, x, lastWidth(head), output)
  if (output.kind === 'log') x = g.apply('Exp', [x])
  g.output('map', x, 'float32', [1, 'channels', 'height', 'width'])
  return g
}

function applyStep(g: GraphBuilder, name: string, x: Value, step: FoldedStep): Value {
  if (step.kind === 'relu') return g.apply('Relu', [x])
  if (step.kind === 'gelu') return g.apply('Gelu', [x])
  if (step.kind === 'scale') {
    const each = (part: string, values: Float32Array): Value => g.weight(`${name}.${part}`, readWeight(values, [values.length, 1, 1]))
    return g.apply('Add', [g.apply('Mul', [x, each('scale', step.scale)]), each('shift', step.shift)])
  }
  if (step.kind === 'normalize') throw new DinokitError('internal', 'A dense head has no LayerNorm.')
  const { weight, bias, out, input, kernel } = step
  const pad = (kernel - 1) / 2
  const parameters = [
    g.weight(`${name}.weight`, readWeight(weight, [out, input, kernel, kernel])),
    g.weight(`${name}.bias`, readWeight(bias, [out])),
  ]
  return g.apply('Conv', [x, ...parameters], { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad] })
}

/**
 * Enlarges a map bilinearly, as PyTorch does with `align_corners=False`.
 *
 * @param g - the graph
 * @param x - [1][channels][height][width]
 * @param factor - a whole number
 */
export function enlarge(g: GraphBuilder, x: Value, factor: number): Value {
  const scales = g.constant(tensor('float32', Float32Array.of(1, 1, factor, factor), [4]))
  return g.apply('Resize', [x, undefined, scales], { mode: 'linear', coordinate_transformation_mode: 'half_pixel' })
}

/** relu + 0.1, normalized, expectation over evenly spaced bins: AdaBins' linear norm (facebookresearch/dinov2, eval/depth). */
function expectation(g: GraphBuilder, x: Value, bins: number, { min, max }: { readonly min: number; readonly max: number }): Value {
  const centers = Float32Array.from({ length: bins }, (_, i) => min + (i * (max - min)) / (bins - 1))
  const weights = new Float32Array(2 * bins).fill(1, bins)
  weights.set(centers)
  const positive = g.apply('Add', [g.apply('Relu', [x]), g.constant(tensor('float32', Float32Array.of(0.1), []))])
  const sums = g.apply('Conv', [positive, g.weight('bins', readWeight(weights, [2, bins, 1, 1]))], { kernel_shape: [1, 1] })
  const [weighted, total] = g.applyMany('Split', 2, [sums], { axis: 1, num_outputs: 2 }) as [Value, Value]
  return g.apply('Div', [weighted, total])
}

function lastWidth({ description: { network }, tensors }: HeadFile): number {
  const last = network.findLastIndex(({ kind }) => kind === 'convolution')
  return tensors.get(`network.${last}.weight`)!.shape[0]!
}

/**
 * Values in memory as a graph's weight.
 *
 * @param values - not copied
 * @param shape - of the weight
 */
export function readWeight(values: Float32Array, shape: readonly number[]): Weight {
  return { dtype: 'float32', shape, read: () => new Uint8Array(values.buffer, values.byteOffset, values.byteLength) }
}
