import { DinokitError, type Tensor } from '@dinokit/core'
import { assertMap } from './assert-map.ts'
import { clippedRange } from './clipped-range.ts'

/** Finds the values that the first and the last color stand for; what is not a number is left out. */
export function valueRange(map: Tensor, range: readonly [number, number] | { readonly clip: number }): readonly [number, number] {
  assertMap(map)
  if (!('clip' in range)) {
    if (range[0] <= range[1]) return range
    throw new DinokitError('invalid-option', 'The range of colors has no values.', {
      given: range.join(' to '),
      expected: 'a low number, then a high one',
    })
  }
  if (!(range.clip >= 0 && range.clip < 0.5)) {
    throw new DinokitError('invalid-option', 'The share of clipped values is none.', {
      given: String(range.clip),
      expected: 'a number from 0 to below 0.5',
    })
  }
  const [low, high] = clippedRange(map.data.filter((value) => !Number.isNaN(value)).sort(), range.clip)
  if (low === undefined || high === undefined) {
    throw new DinokitError('tensor-invalid', 'The map has no number.', {
      given: `[${map.shape.join('][')}] of NaN`,
      expected: 'at least one finite value',
    })
  }
  return [low, high]
}
