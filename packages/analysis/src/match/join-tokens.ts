import { tensor, type Tensor } from '@dinokit/core'

/**
 * Joins tokens of several images.
 *
 * @param parts - [tokens][dim] each, or grids, [rows][columns][dim]; at least one
 * @returns [all tokens][dim]
 */
export function joinTokens(parts: readonly Tensor[]): Tensor {
  const dim = parts[0]!.shape.at(-1)!
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0))
  let at = 0
  for (const part of parts) {
    data.set(part.data, at)
    at += part.data.length
  }
  return tensor('float32', data, [data.length / dim, dim])
}
