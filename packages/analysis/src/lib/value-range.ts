import { DinokitError, type Tensor } from '@dinokit/core'
import { assertMap } from './assert-map.ts'

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
  const sorted = map.data.filter((value) => !Number.isNaN(value)).sort()
  if (sorted.length === 0) {
    throw new DinokitError('tensor-invalid', 'The map has no number.', {
      given: `[${map.shape.join('][')}] of NaN`,
      expected: 'at least one finite value',
    })
  }
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!
  return [at(range.clip), at(1 - range.clip)]
}
