import type { ModelCard } from '@dinokit/core'
import type { GraphBuilder, Value } from '@dinokit/onnx'
import { foldParameters, foldPositions, vitForward, type VitParameters } from '@dinokit/vit'

/** What {@link vitTokens} writes: tokens after the final LayerNorm. */
export interface VitTokenValues {
  /** [batch][dim] */
  readonly cls: Value
  /** [batch][rows * columns][dim] */
  readonly patches: Value
}

/**
 * Writes the whole network into a graph as what is trained: from its parameters as checkpoints keep them, so that a
 * gradient passes to every one of them.
 *
 * @param g - the graph
 * @param card - architecture, mean and std
 * @param parameters - by Meta's names; see `parametersOf` of @dinokit/vit
 * @param pixels - uint8 [batch][height][width][3]
 * @param grid - rows and columns of patches of these pictures
 * @param mask - bool [batch][rows * columns], where patches are replaced by the mask token
 */
export function vitTokens(
  g: GraphBuilder,
  card: ModelCard,
  parameters: VitParameters,
  pixels: Value,
  grid: readonly [rows: number, columns: number],
  mask?: Value,
): VitTokenValues {
  const { architecture } = card
  const positions = foldPositions(g, card, parameters.pos_embed!, grid)
  const inputs = { pixels, positions, ...(mask && { mask }) }
  const { tokens } = vitForward(g, architecture, foldParameters(g, card, parameters), inputs, { fused: false })
  return splitTokenValues(g, tokens, architecture, grid)
}

/**
 * Splits a sequence of tokens, [batch][1 + registers + rows * columns][dim], leaving registers out.
 *
 * @param g - the graph
 * @param tokens - all of them
 * @param architecture - width and number of registers
 * @param grid - rows and columns of patches
 */
export function splitTokenValues(
  g: GraphBuilder,
  tokens: Value,
  { dim, registers }: Pick<ModelCard['architecture'], 'dim' | 'registers'>,
  [rows, columns]: readonly [rows: number, columns: number],
): VitTokenValues {
  const first = 1 + registers
  const slice = (start: number, end: number): Value => g.apply('Slice', [tokens, g.integers(start), g.integers(end), g.integers(1)])
  return { cls: g.apply('Reshape', [slice(0, 1), g.integers(-1, dim)]), patches: slice(first, first + rows * columns) }
}
