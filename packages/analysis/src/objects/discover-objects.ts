import { DinokitError, tensor, type Region, type Tensor } from '@dinokit/core'
import { centerTokens } from './center-tokens.ts'
import { componentOf, type FoundPatches } from './component-of.ts'
import { lostObject } from './lost-object.ts'
import { normalizedCut } from './normalized-cut.ts'
import { isBorder } from '../lib/is-border.ts'
import { productsOf } from '@dinokit/core/vectors'
import { unitTokens } from '../lib/unit-tokens.ts'
import { linkPatches } from './patch-graph.ts'

/** Options of {@link discoverObjects}. */
export interface DiscoverOptions {
  /**
   * `token-cut`: the normalized cut of the graph of alike patches (TokenCut, arXiv 2202.11539; repeated as MaskCut, arXiv 2301.11320);
   * `lost`: the patches alike to the patch that is alike to the fewest (LOST, arXiv 2109.14279). Default `token-cut`.
   */
  readonly method?: 'token-cut' | 'lost'
  /** Most objects. Default 1. */
  readonly most?: number
  /** Cosine similarity above which patches are alike, for `token-cut`. Default 0.2. */
  readonly threshold?: number
  /**
   * Least score of a further object, as a share of the first one's, for `token-cut`: a less certain one is mostly a part of what is
   * behind them. Default 0.85.
   */
  readonly certainty?: number
  /** [rows][columns], 1 for patches that are of nothing: of `outlierPatches`. */
  readonly ignored?: Tensor<'bool'>
  /** Smallest object, as a share of the patches. Default 0.01. */
  readonly smallest?: number
}

/** An object that was found, in patches. */
export interface DiscoveredObject {
  /** [rows][columns], 1 for its patches. */
  readonly mask: Tensor<'bool'>
  /** Rectangle around it, in patches. */
  readonly box: Region
  /** Certainty, 0 to 1: for `token-cut` 1 minus the cut's eigenvalue; for `lost` its share of the alike patches. */
  readonly score: number
}

/** Least variation of tokens, as a share of their squares: images with less show one thing, such as a wall. */
const LEAST_VARIATION = 0.2

/**
 * Finds objects in an image without training. Tokens are centered first, because DINOv2's have a large part in common, and the object
 * is the side of a cut that less of the image's border is of.
 *
 * @param features - [rows][columns][dim]: keys of the last layer (`patchFacet`), or `patches`
 * @param options - method, number, thresholds
 * @returns none where the image shows one thing alone
 * @throws DinokitError `tensor-invalid` for features that are not finite or no grid, `invalid-option`
 */
export function discoverObjects(features: Tensor, options: DiscoverOptions = {}): DiscoveredObject[] {
  const { method = 'token-cut', most = 1, threshold = 0.2, certainty = 0.85, ignored, smallest = 0.01 } = options
  const [rows, columns, dim] = features.shape as [number, number, number]
  const patches = rows * columns
  assertDiscover(features, ignored)
  const removed = ignored ? Uint8Array.from(ignored.data) : new Uint8Array(patches)
  const { centered, variation } = centerTokens(features, removed)
  if (!(variation >= LEAST_VARIATION) || patches < 4) return []
  const vectors = method === 'lost' ? centered : unitTokens({ ...features, data: centered })
  const gram = productsOf(vectors, vectors, dim)
  const objects: DiscoveredObject[] = []
  while (objects.length < most) {
    const found = method === 'lost' ? lostObject(gram, columns, removed) : cutObject(gram, threshold, columns, removed)
    if (!found || countOf(found.mask) < smallest * patches) break
    if (method === 'token-cut' && objects[0] && found.score < certainty * objects[0].score) break
    objects.push({ mask: tensor('bool', found.mask, [rows, columns]), box: boxOf(found.mask, columns), score: found.score })
    for (let patch = 0; patch < patches; patch++) removed[patch]! |= found.mask[patch]!
  }
  return objects
}

function cutObject(gram: Float32Array, threshold: number, columns: number, removed: Uint8Array): FoundPatches | undefined {
  const cut = normalizedCut(linkPatches(gram, threshold, removed))
  if (!cut) return undefined
  const kept = [...removed.keys()].filter((patch) => !removed[patch])
  const mean = kept.reduce((sum, patch) => sum + cut.vector[patch]!, 0) / kept.length
  const above = Uint8Array.from(cut.vector, (value, patch) => Number(!removed[patch] && value > mean))
  const below = above.map((value, patch) => Number(!removed[patch] && !value))
  const side = borderShare(above, columns) <= borderShare(below, columns) ? above : below
  const inside = kept.filter((patch) => side[patch])
  if (inside.length === 0 || inside.length === kept.length) return undefined
  const seed = inside.reduce((best, patch) => (Math.abs(cut.vector[patch]! - mean) > Math.abs(cut.vector[best]! - mean) ? patch : best))
  return { mask: componentOf(side, columns, seed), score: Math.max(0, 1 - cut.value) }
}

/** Share of a side's patches that lie on the border. */
function borderShare(side: Uint8Array, columns: number): number {
  const rows = side.length / columns
  let [border, all] = [0, 0]
  side.forEach((value, patch) => {
    all += value
    if (isBorder(Math.floor(patch / columns), patch % columns, rows, columns)) border += value
  })
  return all === 0 ? 1 : border / all
}

function boxOf(mask: Uint8Array, columns: number): Region {
  const inside = [...mask.keys()].filter((patch) => mask[patch])
  const [x, y] = [inside.map((patch) => patch % columns), inside.map((patch) => Math.floor(patch / columns))]
  const [left, top] = [Math.min(...x), Math.min(...y)]
  return { left, top, width: Math.max(...x) - left + 1, height: Math.max(...y) - top + 1 }
}

function countOf(mask: Uint8Array): number {
  return mask.reduce((sum, value) => sum + value, 0)
}

function assertDiscover({ shape }: Tensor, ignored?: Tensor<'bool'>): void {
  const fits = !ignored || (ignored.shape[0] === shape[0] && ignored.shape[1] === shape[1])
  if (shape.length === 3 && shape.every((length) => length > 0) && fits) return
  throw new DinokitError('tensor-invalid', 'These features are no grid, or the ignored patches are of another.', {
    given: `[${shape.join('][')}]${ignored ? ` and [${ignored.shape.join('][')}]` : ''}`,
    expected: '[rows][columns][dim], and [rows][columns]',
  })
}
