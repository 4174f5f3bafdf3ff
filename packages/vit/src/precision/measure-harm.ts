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

/** An image, and what a network makes of it. */
export interface MeasuredImage {
  /** Inputs of a session. */
  readonly feeds: Readonly<Record<string, AnyTensor>>
  /** Tokens in float32: [tokens][dim]. */
  readonly tokens: Float32Array
}

/** Options of {@link createHarmMeasure}. */
export interface HarmOptions {
  readonly architecture: Architecture
  readonly images: readonly MeasuredImage[]
  /** Called after each run. */
  readonly onRun: () => void
  /** Cancels the work. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Makes what measures harm.
 *
 * @param session - of `mixingGraph`
 * @param options - images to measure on
 */
export function createHarmMeasure(session: Session, { architecture, images, onRun, signal }: HarmOptions): MeasureHarm {
  const { length } = listGroups(architecture.depth)
  return async (chosen) => {
    const mix = Float32Array.from({ length }, (_, index) => (chosen.includes(index) ? 1 : 0))
    const given: Float32Array[] = []
    for (const { feeds } of images) {
      const outputs = await session.run({ ...feeds, [MIX_INPUT]: tensor('float32', mix, [length]) }, signal ? { signal } : {})
      given.push(outputs.tokens!.data as Float32Array)
      onRun()
    }
    return harmOf(images, given, architecture)
  }
}

function harmOf(images: readonly MeasuredImage[], given: readonly Float32Array[], architecture: Architecture): Harm {
  const prefix = countPrefix(architecture)
  const perImage = images.map(({ tokens }, image) => distances(tokens, given[image]!, architecture.dim))
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
