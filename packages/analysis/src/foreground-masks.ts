import { DinokitError, tensor, type Tensor } from '@dinokit/core'
import type { PcaBasis } from '@dinokit/core/vectors'
import { isBorder } from './lib/is-border.ts'
import { project } from './lib/project.ts'

/**
 * Parts what an image is of from what is behind it, by the first principal component of its patches, as DINOv2's figures
 * do (arXiv 2304.07193, figure 1). The threshold is Otsu's, over all the images together (IEEE Transactions on Systems,
 * Man, and Cybernetics 9, 1979); the background is the side that images' borders are more of.
 *
 * @param basis - of the images
 * @param grids - [rows][columns][dim] each
 * @returns [rows][columns] for each grid, 1 where the patch is of the foreground
 */
export function foregroundMasks(basis: PcaBasis, grids: readonly Tensor[]): Tensor<'bool'>[] {
  const values = grids.map((grid) => project(grid, basis.mean, basis.components[0]!))
  const threshold = otsu(values)
  const above = values.map((each) => Uint8Array.from(each, (value) => Number(value > threshold)))
  const turned = shareOf(above, grids, isBorder) > shareOf(above, grids, () => true)
  return grids.map(({ shape }, index) => {
    const mask = turned ? above[index]!.map((value) => 1 - value) : above[index]!
    return tensor('bool', mask, shape.slice(0, 2))
  })
}

/**
 * The tokens of the patches that a mask names, such as for a PCA of the foreground alone.
 *
 * @param grid - [rows][columns][dim]
 * @param mask - [rows][columns]
 * @returns [chosen][dim]
 * @throws DinokitError `tensor-invalid` where the mask is of another grid
 */
export function maskedTokens({ data, shape }: Tensor, mask: Tensor<'bool'>): Tensor {
  const dim = shape.at(-1)!
  if (mask.data.length * dim !== data.length) {
    throw new DinokitError('tensor-invalid', 'The mask does not fit the grid.', {
      given: `[${mask.shape.join('][')}]`,
      expected: `[${shape.slice(0, -1).join('][')}]`,
    })
  }
  const chosen = [...mask.data.keys()].filter((patch) => mask.data[patch])
  const tokens = new Float32Array(chosen.length * dim)
  chosen.forEach((patch, index) => tokens.set(data.subarray(patch * dim, (patch + 1) * dim), index * dim))
  return tensor('float32', tokens, [chosen.length, dim])
}

const BINS = 256

/** The threshold that parts values into two classes of most variance between them. */
function otsu(parts: readonly Float64Array[]): number {
  let [low, high] = [Infinity, -Infinity]
  for (const part of parts) for (const value of part) [low, high] = [Math.min(low, value), Math.max(high, value)]
  if (!(high > low)) return low
  const counts = new Float64Array(BINS)
  const binOf = (value: number): number => Math.min(BINS - 1, Math.floor(((value - low) / (high - low)) * BINS))
  for (const part of parts) for (const value of part) counts[binOf(value)]!++
  const all = counts.reduce((a, b) => a + b, 0)
  const total = counts.reduce((sum, count, bin) => sum + count * bin, 0)
  let [best, bestBin, below, sumBelow] = [-1, 0, 0, 0]
  for (let bin = 0; bin < BINS - 1; bin++) {
    below += counts[bin]!
    sumBelow += counts[bin]! * bin
    const between = below * (all - below) * (sumBelow / below - (total - sumBelow) / (all - below)) ** 2
    if (between > best) [best, bestBin] = [between, bin]
  }
  return low + ((bestBin + 1) / BINS) * (high - low)
}

/** The share of chosen patches that are set. */
function shareOf(masks: readonly Uint8Array[], grids: readonly Tensor[], isChosen: typeof isBorder): number {
  let [set, chosen] = [0, 0]
  grids.forEach(({ shape }, index) => {
    const [rows, columns] = shape as [number, number, number]
    masks[index]!.forEach((value, patch) => {
      if (!isChosen(Math.floor(patch / columns), patch % columns, rows, columns)) return
      set += value
      chosen++
    })
  })
  return set / chosen
}
