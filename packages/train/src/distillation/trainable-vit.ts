import { tensor, type ModelCard } from '@dinokit/core'
import type { GraphBuilder, Value } from '@dinokit/onnx'
import {
  foldParameters,
  foldPositions,
  vitForward,
  type VisiblePatches,
  type VitInputs,
  type VitParameters,
  type VitWeights,
} from '@dinokit/vit'
import { rotationOf } from '@dinokit/vit/rotary'

/** A vision transformer in a training graph, whose parameters are values of it. */
export interface TrainableVit {
  /**
   * Writes the network once more, with the same weights: as often as there are sizes of images.
   *
   * @param pixels - uint8 [batch][height][width][3]
   * @param size - height and width in pixels, multiples of the patch
   * @param options - masked patches; whether it need not be differentiated
   */
  tokens(pixels: Value, size: readonly [height: number, width: number], options?: TrainableVitOptions): TrainableVitOutputs
}

/** Options of {@link TrainableVit.tokens}. */
export interface TrainableVitOptions {
  /** bool [batch][rows * columns], where patches are replaced by the mask token. */
  readonly mask?: Value
  /** Stochastic depth, [2 * depth][batch]: see `VitInputs.kept`. */
  readonly kept?: Value
  /** Patches that it sees, and how many of each image; the others are left out. Not where positions are rotary. */
  readonly visible?: VisiblePatches & { readonly count: number }
  /** See `VitInputs.keyBias`. */
  readonly keyBias?: Value
  /** Layers whose class tokens are wanted. */
  readonly layers?: readonly number[]
  /** Whether the last layer's attention is wanted. Default false. */
  readonly attention?: boolean
  /** Faster, and can't be differentiated: for a teacher. Default false. */
  readonly fused?: boolean
}

/** Tokens after the final LayerNorm. */
export interface TrainableVitTokens {
  /** [batch][dim] */
  readonly cls: Value
  /** [batch][rows * columns][dim] */
  readonly patches: Value
}

/** Tokens, with further outputs that were asked for. */
export interface TrainableVitOutputs extends TrainableVitTokens {
  /** [batch][dim] of each layer asked for, in that order, after the final LayerNorm. */
  readonly layers: readonly Value[]
  /** Attention of the last layer’s class token to the patches, [batch][heads][patches], where it was asked for. */
  readonly attention?: Value
}

/**
 * Takes a network's parameters up in a training graph, folded there as inference folds them, so that what is trained are
 * the parameters as checkpoints keep them. Where positions are rotary, there are no positions to train: `pos_embed` takes no part.
 *
 * @param g - the graph
 * @param card - architecture, mean and std, how positions are resampled
 * @param parameters - by Meta's names and in Meta's shapes: `parametersOf(card.architecture)`; LayerScale and the mask
 *   token may be absent
 */
export function trainableVit(g: GraphBuilder, card: ModelCard, parameters: VitParameters): TrainableVit {
  const { architecture } = card
  const { dim, depth, heads, patch, registers } = architecture
  const weights = withoutKeyBias(g, foldParameters(g, card, parameters), dim)
  const rotation = architecture.positionGrid[0] === 0 ? rotationOf(card) : undefined
  const write = (grid: readonly [number, number]): Positions =>
    rotation ? { rotation: g.constant(rotation(grid)) } : { positions: foldPositions(g, card, parameters.pos_embed!, grid) }
  const positions = new Map<string, Positions>()
  const positionsOf = (grid: readonly [number, number]): Positions => {
    const known = positions.get(grid.join('x')) ?? write(grid)
    positions.set(grid.join('x'), known)
    return known
  }
  return {
    tokens(pixels, [height, width], options = {}) {
      const { mask, kept, visible, keyBias, fused = false, layers = [] } = options
      const grid = [height / patch, width / patch] as const
      const optional = { ...(mask && { mask }), ...(kept && { kept }), ...(visible && { visible }), ...(keyBias && { keyBias }) }
      const attention = options.attention ? [depth] : []
      const made = vitForward(g, { architecture, weights }, { pixels, ...positionsOf(grid), ...optional }, { fused, layers, attention })
      const slice = (of: Value, start: number, end: number, axis = 1): Value =>
        g.apply('Slice', [of, g.integers(start), g.integers(end), g.integers(axis)])
      const first = 1 + registers
      const last = first + (visible?.count ?? grid[0] * grid[1])
      const classToken = (of: Value): Value => g.apply('Reshape', [slice(of, 0, 1), g.integers(-1, dim)])
      const map = made.attention.get(depth)
      return {
        cls: classToken(made.tokens),
        patches: slice(made.tokens, first, last),
        layers: layers.map((layer) => classToken(made.layers.get(layer)!)),
        ...(map && { attention: g.apply('Reshape', [slice(slice(map, 0, 1, 2), first, last, 3), g.integers(-1, heads, last - first)]) }),
      }
    },
  }
}

/** Where patches are, by stored positions or by rotation. */
type Positions = Pick<VitInputs, 'positions' | 'rotation'>

/**
 * The same network: what the bias of keys adds to a query's scores is the same for every key, and softmax takes it out. Where keys are
 * rotated it would not be the same, and those networks have none.
 * Written so, its gradient is exactly 0, not what rounding leaves, which AdamW would make whole steps of.
 */
function withoutKeyBias(g: GraphBuilder, weights: VitWeights<Value>, dim: number): VitWeights<Value> {
  const none = g.constant(tensor('float32', new Float32Array(dim), [dim]))
  const blocks = weights.blocks.map((block) => ({ ...block, key: { ...block.key, bias: none } }))
  return { ...weights, blocks }
}
