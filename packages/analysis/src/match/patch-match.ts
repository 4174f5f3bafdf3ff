import type { PatchPosition } from '../similarity-map.ts'

/** A patch of one image, and the place in another that is its match. */
export interface PatchMatch {
  readonly from: PatchPosition
  /** In patches; between them where a temperature says so. */
  readonly to: PatchPosition
  /** Cosine similarity of the two patches. */
  readonly similarity: number
}
