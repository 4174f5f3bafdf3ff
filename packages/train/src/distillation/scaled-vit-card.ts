import { DinokitError, type ModelCard } from '@dinokit/core'

/** Heads are 64 wide, as in every DINOv2, or narrower where that does not divide. */
const HEAD_WIDTHS = [64, 32, 16]

/**
 * The card of a plain network of another size: MLPs of four times the width; patches, positions and preprocessing are
 * those of the card that it is made from.
 *
 * @param like - to take the rest from
 * @param depth - number of blocks
 * @param dim - width of a token, a multiple of 16
 * @throws DinokitError `invalid-option` where there is no such network
 */
export function scaledVitCard({ architecture, ...card }: ModelCard, depth: number, dim: number): ModelCard {
  const width = HEAD_WIDTHS.find((each) => dim % each === 0)
  if (width === undefined || !(dim > 0) || !(depth >= 1)) {
    throw new DinokitError('invalid-option', `Invalid student of ${depth} blocks with width ${dim}.`, {
      given: `${depth}x${dim}`,
      expected: 'at least one block, and a width that is a multiple of 16',
    })
  }
  return { ...card, architecture: { ...architecture, depth, dim, heads: dim / width, ffn: 'mlp', ffnHidden: 4 * dim } }
}
