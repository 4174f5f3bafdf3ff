import { DinokitError, tensor, toSource, type Placement, type Tensor } from '@dinokit/core'
import { cellAt, cellsAlong } from '../lib/cells-along.ts'
import type { PatchPosition } from '../similarity-map.ts'

/** A place in an image, in pixels from the top left. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** Rows and columns of patches. */
export type GridShape = readonly [rows: number, columns: number, ...rest: number[]]

/**
 * Finds the patch that a pixel of the source image lies in.
 *
 * @param point - in source pixels
 * @param placement - of the tokens
 * @param grid - rows and columns: the shape of `patches`
 * @throws DinokitError `invalid-option` for a point that the model did not see
 */
export function patchAt({ x, y }: Point, placement: Placement, [rows, columns]: GridShape): PatchPosition {
  const { source } = placement
  const row = cellAt(y, 'height', placement, rows)
  const column = cellAt(x, 'width', placement, columns)
  if (row >= 0 && row < rows && column >= 0 && column < columns) return { row, column }
  throw new DinokitError('invalid-option', `The model did not see the point ${x},${y}.`, {
    given: `${x},${y} of an image of ${source.width}x${source.height}`,
    expected: 'a point within what the model sees',
    hint: 'Without a crop the model sees the whole image: give a size such as 448x448.',
  })
}

/**
 * Finds the center of a patch in the source image.
 *
 * @param position - of the patch; parts of patches are allowed
 * @param placement - of the tokens
 * @param grid - rows and columns
 * @returns in source pixels
 */
export function patchCenter({ row, column }: PatchPosition, placement: Placement, [rows, columns]: GridShape): Point {
  const { width, height } = placement.input
  const at = [((column + 0.5) * width) / columns, ((row + 0.5) * height) / rows] as const
  const [x, y] = toSource(placement, [...at, ...at])
  return { x: x - 0.5, y: y - 0.5 }
}

/**
 * Brings a mask of the source image to patches: a patch is of it where at least half of the pixels that it covers are.
 *
 * @param mask - [height][width] of the source image, 1 where a pixel is of it
 * @param placement - of the tokens
 * @param grid - rows and columns
 * @returns [rows][columns]
 * @throws DinokitError `label-invalid` for a mask of another size
 */
export function patchMask(mask: Tensor<'bool'>, placement: Placement, grid: GridShape): Tensor<'bool'> {
  const { data, shape } = patchShares(mask, placement, grid)
  return tensor(
    'bool',
    Uint8Array.from(data, (share) => Number(share >= 0.5)),
    shape,
  )
}

/**
 * Measures what share of the pixels that each patch covers is of a mask.
 *
 * @param mask - [height][width] of the source image, 1 where a pixel is of it
 * @param placement - of the tokens
 * @param grid - rows and columns
 * @returns [rows][columns], from 0 to 1
 * @throws DinokitError `label-invalid` for a mask of another size
 */
export function patchShares(mask: Tensor<'bool'>, placement: Placement, [rows, columns]: GridShape): Tensor {
  const { source } = placement
  if (mask.shape[0] !== source.height || mask.shape[1] !== source.width) {
    throw new DinokitError('label-invalid', 'The mask is of another size than the image.', {
      given: `${mask.shape[1]}x${mask.shape[0]}`,
      expected: `${source.width}x${source.height}`,
    })
  }
  const [inside, all] = [new Uint32Array(rows * columns), new Uint32Array(rows * columns)]
  const across = cellsAlong('width', placement, columns)
  for (let y = 0; y < source.height; y++) {
    const row = cellAt(y, 'height', placement, rows)
    if (row < 0 || row >= rows) continue
    for (let x = 0; x < source.width; x++) {
      const column = across[x]!
      if (column < 0 || column >= columns) continue
      all[row * columns + column]!++
      inside[row * columns + column]! += mask.data[y * source.width + x]!
    }
  }
  return tensor(
    'float32',
    Float32Array.from(inside, (count, patch) => count / Math.max(1, all[patch]!)),
    [rows, columns],
  )
}
