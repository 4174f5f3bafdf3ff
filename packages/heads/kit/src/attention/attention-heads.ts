import type { Tensor } from '@dinokit/core'
import { tensor } from '@dinokit/core'
import type { AttentionHead, HeadInput } from '../head-file.ts'

/**
 * Lists the attention heads of a layer that a head reads.
 *
 * @param input - of the head's description
 * @param layer - counted from 1
 * @param count - attention heads of each layer
 * @returns counted from 1
 */
export function headsOfLayer({ heads }: Pick<HeadInput, 'heads'>, layer: number, count: number): number[] {
  if (!heads) return Array.from({ length: count }, (_, index) => index + 1)
  return heads.filter(([of]) => of === layer).map(([, head]) => head)
}

/**
 * Takes the maps of some attention heads.
 *
 * @param maps - [heads][rows][columns]
 * @param heads - counted from 1
 * @returns [chosen][rows][columns]
 */
export function chosenHeads({ data, shape }: Tensor, heads: readonly number[]): Tensor {
  const [, rows, columns] = shape as [number, number, number]
  const patches = rows * columns
  const chosen = new Float32Array(heads.length * patches)
  heads.forEach((head, index) => chosen.set(data.subarray((head - 1) * patches, head * patches), index * patches))
  return tensor('float32', chosen, [heads.length, rows, columns])
}

/**
 * Whether attention heads are ones that a description may name: each once, of its layers, each of which has one.
 *
 * @param heads - as a file has them
 * @param layers - of the description
 * @param count - attention heads of each layer
 */
export function areHeads(heads: unknown, layers: readonly number[], count: number): heads is AttentionHead[] {
  if (!Array.isArray(heads)) return false
  const known = heads.every((pair: unknown) => {
    if (!Array.isArray(pair) || pair.length !== 2) return false
    const [layer, head] = pair as [unknown, unknown]
    return layers.some((of) => of === layer) && Number.isInteger(head) && (head as number) >= 1 && (head as number) <= count
  })
  const pairs = heads as AttentionHead[]
  return known && new Set(pairs.map(String)).size === pairs.length && layers.every((layer) => pairs.some(([of]) => of === layer))
}
