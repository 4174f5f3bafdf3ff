import type { ModelCard } from '@dinokit/core'
import type { GraphBuilder, Value } from '@dinokit/onnx'
import { foldParameters, foldPositions, vitForward, type VitChanges, type VitInputs, type VitParameters } from '@dinokit/vit'
import { rotationOf } from '@dinokit/vit/rotary'
import { foldForTraining, withoutKeyBias, type TrainingForm } from './fold-for-training.ts'

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
  /**
   * Stochastic depth (arXiv 1603.09382): float32 [2 * depth][batch], what multiplies that image's attention and
   * feed-forward of each block in turn: 0 where it is left out, 1 / (1 - p) where it is kept.
   */
  readonly kept?: Value
  /** Patches that it sees, and how many of each image; the others are left out. Not where positions are rotary. */
  readonly visible?: VisiblePatches
  /** Added to the scores of keys before softmax, float32 [batch][1][1][T]: a large negative number where nothing may look. */
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

/** Patches that a network sees, as many of every image. */
export interface VisiblePatches {
  /** Patches of each image. */
  readonly count: number
  /** int64 [batch * count], their places among the patches of all images of the batch, one image after the other. */
  readonly rows: Value
  /** int64 [batch * count], the same by their places in the grid. */
  readonly places: Value
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
  let folded: TrainingForm | undefined
  const rotation = architecture.positionGrid[0] === 0 ? rotationOf(card) : undefined
  const write = (grid: readonly [number, number]): Positions =>
    rotation ? { rotation: g.constant(rotation(grid)) } : { positions: foldPositions(g, card, parameters.pos_embed!, grid) }
  const positions = new Map<string, Positions>()
  const positionsOf = (grid: readonly [number, number]): Positions => {
    const known = positions.get(grid.join('x')) ?? write(grid)
    positions.set(grid.join('x'), known)
    return known
  }
  const positionsIn = ({ count, places }: VisiblePatches, grid: readonly [number, number]): Value =>
    g.apply('Reshape', [g.apply('Gather', [positionsOf(grid).positions!, places], { axis: 0 }), g.integers(-1, count, dim)])
  return {
    tokens(pixels, [height, width], options = {}) {
      const { mask, kept, visible, keyBias, fused = false, layers = [] } = options
      const grid = [height / patch, width / patch] as const
      const batch = g.apply('Shape', [pixels], { start: 0, end: 1 })
      const optional = { ...(mask && { mask }), ...(visible && { positions: positionsIn(visible, grid) }) }
      const training = fused ? { weights, changes: {} } : (folded ??= foldForTraining(g, card, weights, parameters))
      const changes: VitChanges = {
        ...training.changes,
        ...(visible && { rows: (rows) => g.apply('Gather', [rows, visible.rows], { axis: 0 }) }),
        ...(keyBias && { scores: (scores) => g.apply('Add', [scores, keyBias]) }),
        ...(kept && { branch: (value, index) => keptBranch(g, value, { kept, batch, dim, index }) }),
      }
      const attention = options.attention ? [depth] : []
      const made = vitForward(
        g,
        { architecture, weights: training.weights },
        { pixels, ...positionsOf(grid), ...optional, changes },
        { fused, layers, attention },
      )
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

/** A residual branch [batch * T][dim], where it is kept. */
function keptBranch(
  g: GraphBuilder,
  value: Value,
  { kept, batch, dim, index }: { readonly kept: Value; readonly batch: Value; readonly dim: number; readonly index: number },
): Value {
  const batched = (...rest: number[]): Value => g.apply('Concat', [batch, g.integers(...rest)], { axis: 0 })
  const factor = g.apply('Slice', [kept, g.integers(index), g.integers(index + 1), g.integers(0)])
  const ofImages = g.apply('Reshape', [value, batched(-1, dim)])
  return g.apply('Reshape', [g.apply('Mul', [ofImages, g.apply('Reshape', [factor, batched(1, 1)])]), g.integers(-1, dim)])
}

/** Where patches are, by stored positions or by rotation. */
type Positions = Pick<VitInputs, 'positions' | 'rotation'>
