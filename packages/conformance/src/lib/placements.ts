import type { Placement } from '@dinokit/core'

/** Ways in which an image may have become an input of patches of 14. */
export const PLACEMENTS: Readonly<Record<string, Placement>> = {
  whole: placement([33, 25], [56, 42], [0, 0], [56, 42]),
  crop: placement([64, 32], [112, 56], [28, 0], [56, 56]),
  padding: placement([50, 30], [50, 30], [-3, -6], [56, 42]),
  'an image of one pixel': placement([1, 1], [14, 14], [0, 0], [14, 14]),
  'a strip': placement([400, 3], [112, 14], [0, 0], [112, 14]),
}

function placement(
  source: readonly [number, number],
  resized: readonly [number, number],
  [left, top]: readonly [number, number],
  input: readonly [number, number],
): Placement {
  const size = ([width, height]: readonly [number, number]): Placement['source'] => ({ width, height })
  return { source: size(source), resized: size(resized), left, top, input: size(input) }
}
