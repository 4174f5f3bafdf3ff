/**
 * Chooses the layer whose patches tell places in one scene apart best: a third of the way, where they still show what lies there rather
 * than what it is a part of.
 *
 * @param depth - number of the model's layers
 * @returns counted from 1
 */
export function placeLayer(depth: number): number {
  return Math.max(1, Math.round(depth / 3))
}
