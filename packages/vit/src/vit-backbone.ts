import type { TensorFile } from '@dinokit/checkpoint'
import {
  DinokitError,
  tensor,
  type Architecture,
  type Backbone,
  type BackboneGraph,
  type LayerTokens,
  type ModelCard,
  type OutputRequest,
  type Padding,
  type Tensor,
} from '@dinokit/core'
import { encodeModel, type Graph } from '@dinokit/onnx'
import { interpolatePositions } from './interpolate-positions.ts'
import { backbonesIn } from './layout.ts'
import { digestOf } from './lib/digest-of.ts'
import { foldWeights } from './lib/fold-weights.ts'
import { createPaddingCorrection } from './lib/padding-correction.ts'
import { createParameterReader } from './lib/parameter-reader.ts'
import { countPrefix, type ParameterReader } from './parameters.ts'
import type { TokenSplit } from './token-split.ts'
import { takesFloats, vitGraph, withPixelsOf, type VitWeights } from './vit-graph.ts'

/** A backbone whose architecture is dinokit's own graph: any layer, attention, facets and masks are available. */
export interface VitBackbone extends Backbone {
  /** The checkpoint's own parameters by Meta's names, nothing folded. */
  readonly parameters: ParameterReader
  /** The graph's weights, folded, read when they are asked for. */
  readonly weights: VitWeights
  /**
   * The position embedding of a grid, resampled as the card says and kept.
   *
   * @param grid - rows and columns of patches
   * @returns [rows * columns][dim]
   */
  positions(grid: readonly [number, number]): Tensor
  /**
   * Table by which a grid's queries and keys are rotated, see `VitInputs`; undefined where positions are stored.
   *
   * @param grid - rows and columns of patches
   */
  readonly rotation: ((grid: readonly [number, number]) => Tensor) | undefined
  /**
   * Makes the same network by a graph of its own, with the same inputs and outputs: how `inPrecision` does it. Closing one closes both.
   *
   * @param precision - number format of its computation, which the tokens' fingerprint says
   * @param write - what writes the graph that gives these outputs
   */
  withGraph(precision: string, write: (request: OutputRequest) => Graph): Backbone
}

/**
 * Makes a backbone of a checkpoint's tensors. The names' layout, Meta's, Hugging Face's or timm's, is recognized.
 *
 * @param file - the checkpoint; the backbone closes it
 * @param card - what the tensors are
 * @throws DinokitError `checkpoint-invalid` where no backbone is in the file, `model-unsupported` where there are several (see
 *   `selectWeights`), `tensor-missing`, `tensor-invalid`
 */
export async function createVitBackbone(file: TensorFile, card: ModelCard): Promise<VitBackbone> {
  const [detected, ...others] = backbonesIn(file.tensors.keys())
  if (!detected || others.length > 0) throw (await import('./forms/select-weights.ts')).notOneBackbone(file)
  const parameters = createParameterReader(file, detected, card.architecture)
  const weights = foldWeights(card, parameters)
  const { digest, rounded } = await digestOf(card, parameters)
  const { architecture } = card
  const { dim, positionGrid } = architecture
  const stored = (await parameters.read('pos_embed')).subarray(dim)
  const splitter =
    architecture.pooling === 'mean' ? await (await import('./forms/mean-of-patches.ts')).meanOfPatches(card, parameters) : undefined
  const rotation = positionGrid[0] > 0 ? undefined : keptByGrid((await import('./rotary/rotation.ts')).rotationOf(card))
  const correct = await createPaddingCorrection(card, weights.patchWeight)
  const positions = keptByGrid((grid) => {
    const values = rotation
      ? new Float32Array(grid[0] * grid[1] * dim)
      : interpolatePositions(stored, positionGrid, grid, card.interpolation)
    return tensor('float32', values, [grid[0] * grid[1], dim])
  })
  const withGraph = (precision: string, write: (request: OutputRequest) => Graph): Backbone => ({
    card,
    digest,
    rounded,
    precision,
    graph: (outputs) =>
      graphFor(
        { card, weights, write },
        (grid, padding) => ({ positions: correct(positions(grid), grid, padding), ...(rotation && { rotation: rotation(grid) }) }),
        outputs,
        splitter?.(outputs),
      ),
    close: () => file.close(),
  })
  return {
    ...withGraph('float32', (request) => vitGraph(architecture, weights, request)),
    ...{ parameters, weights, positions, rotation, withGraph },
  }
}

/** Grids whose tensors are kept at once: images of all shapes may pass through one session. */
const KEPT_GRIDS = 64

/** Keeps what is made of a grid. */
function keptByGrid(make: (grid: Grid) => Tensor): (grid: Grid) => Tensor {
  const kept = new Map<string, Tensor>()
  return (grid) => {
    const key = grid.join('x')
    const known = kept.get(key)
    if (known) return known
    const made = make(grid)
    if (kept.size >= KEPT_GRIDS) kept.delete(kept.keys().next().value!)
    kept.set(key, made)
    return made
  }
}

type Grid = readonly [rows: number, columns: number]

/** A network, and what writes its graph. */
interface WrittenNetwork {
  readonly card: ModelCard
  readonly weights: VitWeights
  readonly write: (request: OutputRequest) => Graph
}

function graphFor(
  { card, weights, write }: WrittenNetwork,
  placed: (grid: readonly [number, number], padding: Padding | undefined) => Readonly<Record<string, Tensor>>,
  request: OutputRequest,
  split: TokenSplit = splitTokens,
): BackboneGraph {
  assertOutputs(card, weights, request)
  const { preprocessing } = card
  const floats = takesFloats(preprocessing)
  const { patch, dim, heads, depth } = card.architecture
  const prefix = countPrefix(card.architecture)
  const { layers = [], rawLayers = [], attention = [], facets = [] } = request
  return {
    model: encodeModel(withPixelsOf(write(request), preprocessing)),
    feeds(pixels, mask, padding) {
      const [, height, width] = pixels.shape as [number, number, number, number]
      return {
        pixels: floats && pixels.dtype === 'uint8' ? tensor('float32', Float32Array.from(pixels.data), pixels.shape) : pixels,
        ...placed([height / patch, width / patch], padding),
        ...(mask && { mask }),
      }
    },
    read(outputs, batch, grid) {
      const tokens = prefix + grid[0] * grid[1]
      return Array.from({ length: batch }, (_, index) => {
        const part = (name: string, shape: readonly number[]): Tensor => {
          const size = shape.reduce((product, length) => product * length, 1)
          const data = outputs[name]!.data as Float32Array
          return tensor('float32', batch === 1 ? data : data.slice(index * size, (index + 1) * size), shape)
        }
        const layer = (name: string): LayerTokens => split(part(name, [tokens, dim]).data, card.architecture, grid, name)
        const by = <T>(chosen: readonly number[], make: (layer: number) => T): Record<number, T> =>
          Object.fromEntries(chosen.map((number) => [number, make(number)]))
        return {
          ...layer('tokens'),
          layers: by(layers, (number) => layer(number === depth ? 'tokens' : `layer${number}`)),
          rawLayers: by(rawLayers, (number) => layer(`raw${number}`)),
          attention: by(attention, (number) => part(`attention${number}`, [heads, tokens, tokens])),
          facets: by(facets, (number) => ({
            query: part(`query${number}`, [tokens, dim]),
            key: part(`key${number}`, [tokens, dim]),
            value: part(`value${number}`, [tokens, dim]),
          })),
        }
      })
    },
  }
}

/**
 * Splits a sequence of tokens by kind.
 *
 * @param data - [1 + registers + rows * columns][dim]
 * @param sizes - number of registers, width of a token
 * @param grid - rows and columns of patches
 * @returns views of `data`
 */
export function splitTokens(
  data: Float32Array,
  { registers, dim }: Pick<Architecture, 'registers' | 'dim'>,
  grid: readonly [number, number],
): LayerTokens {
  return {
    cls: tensor('float32', data.subarray(0, dim), [dim]),
    registers: tensor('float32', data.subarray(dim, (1 + registers) * dim), [registers, dim]),
    patches: tensor('float32', data.subarray((1 + registers) * dim), [grid[0], grid[1], dim]),
  }
}

function assertOutputs(
  card: ModelCard,
  weights: VitWeights,
  { layers = [], rawLayers = [], attention = [], facets = [], masks = false }: OutputRequest,
): void {
  const { depth } = card.architecture
  for (const layer of [...layers, ...rawLayers, ...attention, ...facets]) {
    if (Number.isInteger(layer) && layer >= 1 && layer <= depth) continue
    throw new DinokitError('output-unavailable', `${card.id} has no layer ${layer}.`, {
      given: `layer ${layer}`,
      expected: `a whole number from 1 to ${depth}`,
    })
  }
  if (masks && !weights.maskToken) {
    throw new DinokitError('output-unavailable', `${card.id} has no mask token, so its patches can’t be masked.`, { given: 'masks: true' })
  }
}
