import { roundEven, type InputSize, type Size } from '@dinokit/core'
import type { DepthInput } from '@dinokit/head-kit'

/**
 * The size of a depth model's input for an image.
 *
 * @param input - how the model's own code does it
 * @param patch - side of a patch
 * @param source - upright size of the image
 */
export function depthInputSize({ rule, side }: DepthInput, patch: number, { width, height }: Size): InputSize {
  if (rule === 'pad') return rule
  // In the order of the references, so that sides halfway between two multiples go the same way.
  const [x, y] = [side / width, side / height]
  if (rule === 'longest') {
    const scale = side / Math.max(width, height)
    const to = (length: number): number => Math.max(patch, nearestUp(Math.max(1, roundEven(length * scale)), patch))
    return { width: to(width), height: to(height) }
  }
  const scale = rule === 'least' ? Math.max(x, y) : Math.abs(1 - x) < Math.abs(1 - y) ? x : y
  const to = (length: number): number => {
    const near = roundEven((scale * length) / patch) * patch
    return near < (rule === 'least' ? side : 1) ? Math.ceil((scale * length) / patch) * patch : near
  }
  return { width: to(width), height: to(height) }
}

/** To the nearest multiple, halves up. */
function nearestUp(value: number, patch: number): number {
  return Math.floor(value / patch + 0.5) * patch
}
