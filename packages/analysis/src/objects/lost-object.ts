import { componentOf, type FoundPatches } from './component-of.ts'

/** Patches of fewest similarities from which an object is grown: LOST's k. */
const SEEDS = 100

/**
 * Finds one object by LOST (arXiv 2109.14279): the seed is the patch that is alike to the fewest, which is of an object more likely
 * than of the background; patches that are alike to those of the other such patches that are alike to the seed are of the object, as far
 * as they hang together with it.
 *
 * @param gram - products of the patches, [patches][patches]
 * @param columns - of the grid
 * @param removed - 1 for patches that are of nothing
 */
export function lostObject(gram: Float32Array, columns: number, removed: Uint8Array): FoundPatches | undefined {
  const count = removed.length
  const kept = [...removed.keys()].filter((patch) => !removed[patch])
  const degrees = new Map(kept.map((a) => [a, kept.reduce((sum, b) => sum + Number(a !== b && gram[a * count + b]! > 0), 0)]))
  const order = kept.toSorted((a, b) => degrees.get(a)! - degrees.get(b)! || a - b)
  const seed = order[0]
  if (seed === undefined) return undefined
  const alike = order.slice(0, SEEDS).filter((patch) => patch === seed || gram[seed * count + patch]! > 0)
  const sums = new Float64Array(count)
  for (const a of alike) for (const b of kept) sums[b]! += a === b ? 0 : gram[a * count + b]!
  const mask = Uint8Array.from(sums, (sum, patch) => Number(!removed[patch] && (sum > 0 || patch === seed)))
  const all = mask.reduce((a, b) => a + b, 0)
  const component = componentOf(mask, columns, seed)
  return { mask: component, score: component.reduce((a, b) => a + b, 0) / all }
}
