import type { DepthUnit } from '@dinokit/head-depth'

/**
 * A value of depth for a person: `2.35 m`; of what has no unit, three digits.
 *
 * @param value - in that unit
 * @param unit - of the map
 */
export function depthText(value: number, unit: DepthUnit): string {
  return unit === 'meters' ? `${value.toFixed(2)} m` : String(Number(value.toPrecision(3)))
}
