import { DinokitError, tensor, type Placement, type Region, type Tensor, type Tokens } from '@dinokit/core'
import { cellsAlong } from '../lib/cells-along.ts'
import { unitTokens } from '../lib/unit-tokens.ts'
import { patchAt, type GridShape } from './patch-at.ts'

/**
 * Finds the patches of a rectangle of the source image: those that have at least half of their pixels in it; of one that is smaller, the
 * patch under its middle.
 *
 * @param region - in source pixels
 * @param placement - of the tokens
 * @param grid - rows and columns: the shape of `patches`
 * @returns [rows][columns]
 * @throws DinokitError `invalid-option` for a rectangle that is not within the image, or that the model did not see
 */
export function regionPatches(region: Region, placement: Placement, [rows, columns]: GridShape): Tensor<'bool'> {
  const { left, top, width, height } = region
  const { source } = placement
  if (!(left >= 0 && top >= 0 && width > 0 && height > 0 && left + width <= source.width && top + height <= source.height)) {
    throw new DinokitError('invalid-option', 'The region is not within the image.', {
      given: `${left},${top},${width},${height}`,
      expected: `left, top, width and height within ${source.width}x${source.height} pixels`,
    })
  }
  const across = countAlong(cellsAlong('width', placement, columns), columns, left, width)
  const down = countAlong(cellsAlong('height', placement, rows), rows, top, height)
  const data = Uint8Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns]
    const inside = down.inside[row]! * across.inside[column]!
    return Number(inside > 0 && 2 * inside >= down.all[row]! * across.all[column]!)
  })
  if (!data.includes(1)) {
    const middle = { x: Math.floor(left + width / 2), y: Math.floor(top + height / 2) }
    const { row, column } = patchAt(middle, placement, [rows, columns])
    data[row * columns + column] = 1
  }
  return tensor('bool', data, [rows, columns])
}

/** Counts the pixels of each row or column of patches: those between two places, and all. */
function countAlong(
  cells: Int32Array,
  count: number,
  from: number,
  length: number,
): { readonly inside: Uint32Array; readonly all: Uint32Array } {
  const [inside, all] = [new Uint32Array(count), new Uint32Array(count)]
  cells.forEach((cell, pixel) => {
    if (cell < 0 || cell >= count) return
    all[cell]!++
    if (pixel >= from && pixel < from + length) inside[cell]!++
  })
  return { inside, all }
}

/**
 * Averages the patch tokens of a rectangle of the source image ({@link regionPatches}), each scaled to length 1.
 *
 * @param tokens - of the image
 * @param region - in source pixels
 * @returns [dim], such as for `searchPatches` of @dinokit/store
 * @throws DinokitError `invalid-option` for a rectangle that is not within the image, or that the model did not see
 */
export function regionToken({ patches, placement }: Pick<Tokens, 'patches' | 'placement'>, region: Region): Tensor {
  const dim = patches.shape.at(-1)!
  const mask = regionPatches(region, placement, patches.shape as [number, number, number]).data
  const units = unitTokens(patches)
  const sum = new Float64Array(dim)
  let count = 0
  mask.forEach((is, patch) => {
    if (!is) return
    count++
    for (let i = 0; i < dim; i++) sum[i]! += units[patch * dim + i]!
  })
  return tensor(
    'float32',
    Float32Array.from(sum, (value) => value / count),
    [dim],
  )
}
