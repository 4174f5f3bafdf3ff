import { tensor, type AnyTensor, type Architecture, type Session } from '@dinokit/core'
import { countPrefix } from '../parameters.ts'
import { listGroups } from './layer-groups.ts'
import { MIX_INPUT } from './measuring-graphs.ts'

/** Harm that 8 bits do to the tokens: one minus the cosine to float32's. */
export interface Harm {
  /** Harm of the token that stands for an image, in the mean. */
  readonly vector: number
  /** Harm of the patches, in the mean. */
  readonly patches: number
  /** Harm of the worst patch. */
  readonly worst: number
}

/** Measures what 8 bits of some of the groups do to the tokens: those whose index in `listGroups` is given. */
export type MeasureHarm = (chosen: readonly number[]) => Promise<Harm>

/**
 * Makes what measures harm.
 *
 * @param session - of `mixingGraph`
 * @param architecture - of the network
 * @param inputs - the session's, for each image, but for what is mixed
 */
export async function createHarmMeasure(
  session: Session,
  architecture: Architecture,
  inputs: readonly Readonly<Record<string, AnyTensor>>[],
): Promise<MeasureHarm> {
  const { length } = listGroups(architecture.depth)
  const tokens = async (chosen: readonly number[]): Promise<Float32Array[]> => {
    const mix = Float32Array.from({ length }, (_, index) => (chosen.includes(index) ? 1 : 0))
    const found: Float32Array[] = []
    for (const feeds of inputs) {
      const outputs = await session.run({ ...feeds, [MIX_INPUT]: tensor('float32', mix, [length]) })
      found.push(outputs.tokens!.data as Float32Array)
    }
    return found
  }
  const expected = await tokens([])
  return async (chosen) => harmOf(expected, await tokens(chosen), architecture)
}

function harmOf(expected: readonly Float32Array[], given: readonly Float32Array[], architecture: Architecture): Harm {
  const prefix = countPrefix(architecture)
  const perImage = expected.map((of, image) => distances(of, given[image]!, architecture.dim))
  const each = perImage.flatMap((of) => of.slice(prefix))
  const [patches, worst] = [mean(each), Math.max(...each)]
  // Without a class token, an image's vector is the mean of its patches.
  return { vector: architecture.pooling === 'mean' ? patches : mean(perImage.map((of) => of[0]!)), patches, worst }
}

/** One minus the cosine of each token. */
function distances(a: Float32Array, b: Float32Array, dim: number): number[] {
  return Array.from({ length: a.length / dim }, (_, token) => {
    let [product, own, other] = [0, 0, 0]
    for (let i = token * dim; i < (token + 1) * dim; i++) {
      product += a[i]! * b[i]!
      own += a[i]! ** 2
      other += b[i]! ** 2
    }
    return 1 - product / Math.sqrt(own * other)
  })
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
