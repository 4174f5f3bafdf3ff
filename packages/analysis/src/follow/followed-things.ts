import { DinokitError, tensor, type Placement, type Tensor } from '@dinokit/core'
import { patchAt, patchCenter, type GridShape, type Point } from '../grid/patch-at.ts'

/**
 * Puts things that are to be followed together.
 *
 * @param things - [rows][columns] each: of `patchShares` or `pointShares`
 * @returns [rows][columns][things]
 * @throws DinokitError `tensor-invalid` for none, or those of several sizes
 */
export function stackShares(things: readonly Tensor[]): Tensor {
  const [rows = 0, columns = 0] = things[0]?.shape ?? []
  if (things.length === 0 || things.some(({ shape }) => shape.length !== 2 || shape[0] !== rows || shape[1] !== columns)) {
    throw new DinokitError('tensor-invalid', 'These things can’t be followed together.', {
      given: things.map(({ shape }) => `[${shape.join('][')}]`).join(', ') || 'none',
      expected: 'at least one, each [rows][columns] of one frame',
    })
  }
  const data = Float32Array.from({ length: rows * columns * things.length }, (_, i) => {
    return things[i % things.length]!.data[Math.floor(i / things.length)]!
  })
  return tensor('float32', data, [rows, columns, things.length])
}

/**
 * Takes one thing out of those that are followed together.
 *
 * @param shares - [rows][columns][things]
 * @param thing - counted from 0
 * @returns [rows][columns]
 */
export function sharesOf({ data, shape }: Tensor, thing: number): Tensor {
  const [rows, columns, things] = shape as [number, number, number]
  return tensor(
    'float32',
    Float32Array.from({ length: rows * columns }, (_, patch) => data[patch * things + thing]!),
    [rows, columns],
  )
}

/**
 * Marks a point for being followed: the four patches whose centers lie around it, the nearer the more.
 *
 * @param point - in pixels of the first frame
 * @param placement - of its tokens
 * @param grid - rows and columns
 * @returns [rows][columns], 1 in all
 * @throws DinokitError `invalid-option` for a point that the model did not see
 */
export function pointShares(point: Point, placement: Placement, grid: GridShape): Tensor {
  const [rows, columns] = grid
  patchAt(point, placement, grid)
  const [start, end] = [patchCenter({ row: 0, column: 0 }, placement, grid), patchCenter({ row: 1, column: 1 }, placement, grid)]
  const row = Math.min(rows - 1, Math.max(0, (point.y - start.y) / (end.y - start.y)))
  const column = Math.min(columns - 1, Math.max(0, (point.x - start.x) / (end.x - start.x)))
  const data = Float32Array.from({ length: rows * columns }, (_, patch) => {
    const [down, right] = [Math.abs(Math.floor(patch / columns) - row), Math.abs((patch % columns) - column)]
    return Math.max(0, 1 - down) * Math.max(0, 1 - right)
  })
  return tensor('float32', data, [rows, columns])
}

/** A point in a frame that it was followed to. */
export interface FollowedPoint extends Point {
  /** Largest share of a patch: small where it is uncertain, as behind something else. */
  readonly share: number
}

/**
 * Finds where a point that is followed is: the middle of the shares around the largest one.
 *
 * @param shares - [rows][columns] of the point
 * @param placement - of the frame
 * @returns in pixels; undefined where it is lost
 */
export function followedPoint({ data, shape }: Tensor, placement: Placement): FollowedPoint | undefined {
  const [rows, columns] = shape as [number, number]
  const best = data.reduce((best, share, patch) => (share > data[best]! ? patch : best), 0)
  const share = data[best]!
  if (!(share > 0)) return undefined
  const [top, left] = [Math.floor(best / columns), best % columns]
  let [sum, row, column] = [0, 0, 0]
  for (let r = Math.max(0, top - 1); r <= Math.min(rows - 1, top + 1); r++) {
    for (let c = Math.max(0, left - 1); c <= Math.min(columns - 1, left + 1); c++) {
      const weight = data[r * columns + c]!
      sum += weight
      row += weight * r
      column += weight * c
    }
  }
  return { ...patchCenter({ row: row / sum, column: column / sum }, placement, [rows, columns]), share }
}
