/** An object as a mask of patches. */
export interface FoundPatches {
  readonly mask: Uint8Array<ArrayBuffer>
  readonly score: number
}

/**
 * Finds the patches of a mask that hang together with one of them, over sides (not corners).
 *
 * @param mask - [rows * columns]
 * @param columns - of the grid
 * @param seed - a patch of the mask
 */
export function componentOf(mask: Uint8Array, columns: number, seed: number): Uint8Array<ArrayBuffer> {
  const component = new Uint8Array(mask.length)
  const left = mask[seed] ? [seed] : []
  for (let patch = left.pop(); patch !== undefined; patch = left.pop()) {
    if (component[patch]) continue
    component[patch] = 1
    const column = patch % columns
    const around = [patch - columns, patch + columns, column > 0 ? patch - 1 : -1, column < columns - 1 ? patch + 1 : -1]
    for (const next of around) if (mask[next] && !component[next]) left.push(next)
  }
  return component
}
