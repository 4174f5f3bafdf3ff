import { tensor, type Tensor } from '@dinokit/core'
import type { NumberRange, Random } from '@dinokit/core/augment'

/** Options of {@link sampleMasks}. */
export interface MaskOptions {
  /** Share of the crops that have a mask; one at least. Default 0.5. */
  readonly share?: number
  /** Share of a crop's patches that its mask covers. Default [0.1, 0.5]. */
  readonly ratio?: NumberRange
}

/** Defaults of {@link MaskOptions}. */
export const MASK_DEFAULTS: Required<MaskOptions> = Object.freeze({ share: 0.5, ratio: [0.1, 0.5] } as const)

/** Sides of a mask's rectangles by each other, at most. */
const ASPECT = 1 / 0.3
/** Rectangles that are tried before a mask is left as it is. */
const TRIES = 10
/** Area of a rectangle in patches, at least. */
const LEAST = 4

/**
 * Draws the masks of a batch's crops as iBOT does: some crops have one, made of rectangles (facebookresearch/dinov2,
 * dinov2/data/masking.py and collate.py; BEiT, arXiv 2106.08254). The masked crops' ratios are spread over the range.
 *
 * @param random - what they are drawn from
 * @param crops - how many
 * @param grid - rows and columns of patches
 * @param options - how many crops, how many patches
 * @returns [crops][rows * columns]
 */
export function sampleMasks(random: Random, crops: number, grid: readonly [number, number], options: MaskOptions = {}): Tensor<'bool'> {
  const { share, ratio } = { ...MASK_DEFAULTS, ...options }
  const patches = grid[0] * grid[1]
  const count = Math.max(1, Math.floor(crops * share))
  const step = (ratio[1] - ratio[0]) / count
  const masks = Array.from({ length: crops }, (_, index) => {
    if (index >= count) return new Uint8Array(patches)
    const covered = random.uniform(ratio[0] + index * step, ratio[0] + (index + 1) * step)
    return drawMask(random, grid, Math.max(1, Math.floor(patches * covered)))
  })
  const data = new Uint8Array(crops * patches)
  random.shuffle(masks).forEach((mask, index) => data.set(mask, index * patches))
  return tensor('bool', data, [crops, patches])
}

/** Rectangles until `wanted` patches are covered, or no further one fits. */
function drawMask(random: Random, grid: readonly [number, number], wanted: number): Uint8Array {
  const mask = new Uint8Array(grid[0] * grid[1])
  let covered = 0
  while (covered < wanted) {
    const added = addRectangle(random, grid, mask, wanted - covered)
    if (added === 0) break
    covered += added
  }
  if (covered === 0) mask[random.below(mask.length)] = 1
  return mask
}

/** Covers from one to `most` further patches; 0 where no try succeeds. */
function addRectangle(random: Random, [rows, columns]: readonly [number, number], mask: Uint8Array, most: number): number {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const area = random.uniform(LEAST, Math.max(most, LEAST))
    const aspect = Math.exp(random.uniform(-Math.log(ASPECT), Math.log(ASPECT)))
    const [height, width] = [Math.round(Math.sqrt(area * aspect)), Math.round(Math.sqrt(area / aspect))]
    if (height < 1 || width < 1 || height >= rows || width >= columns) continue
    const [top, left] = [random.below(rows - height + 1), random.below(columns - width + 1)]
    const inside = Array.from({ length: height * width }, (_, i) => (top + Math.floor(i / width)) * columns + left + (i % width))
    const fresh = inside.filter((index) => !mask[index])
    if (fresh.length === 0 || fresh.length > most) continue
    for (const index of fresh) mask[index] = 1
    return fresh.length
  }
  return 0
}
