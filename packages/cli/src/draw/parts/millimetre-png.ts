import type { PixelMap } from '@dinokit/core'
import { greyPng } from './grey-png.ts'

/** The farthest that 16 bits hold, in millimetres. */
const FARTHEST = 65_535

/**
 * Metres as whole millimetres, as depth cameras give them: 0 where nothing is known, and 65,535 for all that is farther.
 *
 * @param metres - [height][width]
 * @returns a grey PNG file of 16 bits
 */
export function millimetrePng({ data, shape, unknown }: PixelMap): Promise<Buffer> {
  const millimetres = Uint16Array.from(data, (value) => (value === unknown ? 0 : Math.min(FARTHEST, Math.max(1, Math.round(value * 1000)))))
  return greyPng({ data: millimetres, shape })
}
