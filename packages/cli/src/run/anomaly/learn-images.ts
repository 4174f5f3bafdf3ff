import {
  anomalyMask,
  heldOutScores,
  joinTokens,
  layerPatches,
  maskedTokens,
  ROTATIONS,
  rotatePixels,
  shareOut,
  type AnomalyBank,
} from '@dinokit/analysis'
import { DinokitError, type Fingerprint, type Tensor, type Tokens } from '@dinokit/core'
import { ANALYSIS_SIZE } from '../../options/analysis-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { layerOf } from '../analysis/answer-by-tokens.ts'
import { openWithOutputs } from '../analysis/collect-tokens.ts'
import { runVariants } from '../run-images.ts'
import { flat } from './flat.ts'
import type { FinishLearning, LearnChoice } from './learned.ts'

/** A good image, as it is learned. */
interface LearnedImage {
  /** Patches of all its variants: [patches][dim] each. */
  readonly patches: readonly Tensor[]
  /** Patches of the image itself: [rows][columns][dim]. */
  readonly grid: Tensor
  readonly mask?: Tensor<'bool'>
}

/**
 * Learns good images, each as a whole.
 *
 * @returns undefined where no image could be read
 */
export async function learnImages(context: CommandContext, choice: LearnChoice, finish: FinishLearning): Promise<AnomalyBank | undefined> {
  const { images: named, given, layer: asked, foreground, rotations } = choice
  const { output, signal } = context
  const size = given.size ?? ANALYSIS_SIZE
  const seen: LearnedImage[] = []
  let origin: { readonly fingerprint: Fingerprint; readonly layer: number } | undefined
  await runVariants(context, {
    named,
    recursive: given.recursive,
    open: () => openWithOutputs(context, given, asked === undefined ? undefined : (card) => ({ layers: [layerOf(card, asked)] })),
    options: { size },
    variants: function* (image) {
      if (rotations) for (const degrees of ROTATIONS) yield rotatePixels(image, degrees)
    },
    answer(_, variants, card) {
      const layer = layerOf(card, asked)
      const parts = variants.map((tokens) => partOf(tokens, layer, foreground))
      origin = { fingerprint: variants[0]!.fingerprint, layer }
      seen.push({ ...parts[0]!, patches: parts.map(({ patches }) => patches) })
    },
  })
  if (!origin) return undefined
  const parts = shareOut(seen)
  const [first] = seen.map(({ grid }) => [grid.shape[0]!, grid.shape[1]!] as const)
  const even = seen.every(({ grid }) => grid.shape[0] === first![0] && grid.shape[1] === first![1])
  return finish({
    folds: parts.map((some) => joinTokens(some.flatMap(({ patches }) => patches))),
    about: { ...origin, size, images: seen.length, ...(even && { grid: first! }) },
    scores: (search) => heldOutScores(search, parts, { signal, onProgress: (done, total) => output.advance(done, total, 'scores') }),
  })
}

function partOf(
  tokens: Tokens,
  layer: number,
  foreground: number | undefined,
): Omit<LearnedImage, 'patches'> & { readonly patches: Tensor } {
  const grid = layerPatches(tokens, layer)
  const mask = foreground === undefined ? undefined : anomalyMask(grid, { threshold: foreground })
  if (mask && !mask.data.includes(1)) {
    throw new DinokitError('label-invalid', 'The image has no foreground, so nothing of it can be learned.', {
      expected: `patches whose first principal component is above ${foreground}`,
      hint: 'Leave --foreground out, or lower its threshold.',
    })
  }
  return { grid, patches: mask ? maskedTokens(grid, mask) : flat(grid), ...(mask && { mask }) }
}
