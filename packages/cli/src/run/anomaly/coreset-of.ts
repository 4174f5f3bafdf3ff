import { selectCoreset } from '@dinokit/analysis'
import { tensor, type Tensor } from '@dinokit/core'
import type { CommandContext } from '../../output/command-context.ts'

/** Patches that cover others best. */
interface Coreset {
  /** [patches][dim], in the order that they had. */
  readonly patches: Tensor
  /** Their places among all. */
  readonly places: readonly number[]
}

/**
 * Takes the patches that cover the others best.
 *
 * @param context - of the command
 * @param all - [patches][dim]
 * @param count - of those taken
 */
export async function coresetOf(context: CommandContext, all: Tensor, count: number): Promise<Coreset> {
  const { output, signal } = context
  const dim = all.shape[1]!
  const chosen = await selectCoreset(all, count, { onProgress: (done, total) => output.advance(done, total, 'patches'), signal })
  output.end()
  const places = chosen.sort((a, b) => a - b)
  const data = new Float32Array(places.length * dim)
  places.forEach((place, index) => data.set(all.data.subarray(place * dim, (place + 1) * dim), index * dim))
  return { patches: tensor('float32', data, [places.length, dim]), places }
}
