import type { PixelMap } from '@dinokit/core'
import { grayPng } from './gray-png.ts'

/** The farthest that 16 bits hold, in millimeters. */
const FARTHEST = 65_535

/**
 * Meters as whole millimeters, as depth cameras give them: 0 where nothing is known, and 65,535 for all that is farther.
 *
 * @param meters - [height][width]
 * @returns a gray PNG file of 16 bits
 */
export function millimeterPng({ data, shape, unknown }: PixelMap): Promise<Buffer> {
  const millimeters = Uint16Array.from(data, (value) => (value === unknown ? 0 : Math.min(FARTHEST, Math.max(1, Math.round(value * 1000)))))
  return grayPng({ data: millimeters, shape })
}
