import {
  anomalyMask,
  anomalyThreshold,
  createPatchSearch,
  joinTokens,
  maskedTokens,
  ROTATIONS,
  rotatePixels,
  scorePatches,
  selectCoreset,
  type AnomalyBank,
  type AnomalyThreshold,
} from '@dinokit/analysis'
import { DinokitError, tensor, type Fingerprint, type Tensor, type Tokens } from '@dinokit/core'
import { commandRuntime } from '../../input/command-runtime.ts'
import { ANALYSIS_SIZE, type AnalysisOptions } from '../../options/analysis-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { layerOf } from '../analysis/answer-by-tokens.ts'
import { openWithOutputs } from '../analysis/collect-tokens.ts'
import { runVariants } from '../run-images.ts'

/** Choice of what is learned. */
export interface LearnChoice {
  readonly images: readonly string[]
  readonly given: Omit<AnalysisOptions, 'overwrite'>
  readonly layer?: number
  /** Threshold of the mask of the foreground. */
  readonly foreground?: number
  readonly rotations: boolean
  readonly coreset?: number
  readonly falseAlarms: number
}

/** A good image, as it is learned. */
interface LearnedImage {
  /** Patches of all its variants: [patches][dim] each. */
  readonly patches: readonly Tensor[]
  /** Patches of the image itself: [rows][columns][dim]. */
  readonly grid: Tensor
  readonly mask?: Tensor<'bool'>
}

/** Good images, and the origin of their tokens. */
interface Learned {
  readonly images: readonly LearnedImage[]
  readonly fingerprint: Fingerprint
  readonly layer: number
}

/** Most parts that the images are shared out to: each is scored by the other parts. */
const FOLDS = 5

/**
 * Learns a bank from good images.
 *
 * @returns undefined where no image could be read
 */
export async function learnBank(context: CommandContext, choice: LearnChoice): Promise<AnomalyBank | undefined> {
  const learned = await lookAt(context, choice)
  if (!learned) return undefined
  const { images, fingerprint, layer } = learned
  const { given, foreground, coreset, falseAlarms } = choice
  const folds = Math.min(FOLDS, images.length)
  const byFold = Array.from({ length: folds }, (_, fold) => images.filter((_, index) => index % folds === fold))
  const all = joinTokens(byFold.flatMap((some) => some.flatMap(({ patches }) => patches)))
  const lengths = byFold.map((some) => some.reduce((sum, { patches }) => sum + countOf(patches), 0))
  const { patches, parts } = coreset === undefined ? { patches: all, parts: lengths } : await reduced(context, all, lengths, coreset)
  const threshold = folds > 1 ? await thresholdOf(context, byFold, { given, patches, parts, falseAlarms }) : undefined
  const [first] = images.map(({ grid }) => [grid.shape[0]!, grid.shape[1]!] as const)
  const even = images.every(({ grid }) => grid.shape[0] === first![0] && grid.shape[1] === first![1])
  return {
    patches,
    info: {
      fingerprint,
      layer,
      size: given.size ?? ANALYSIS_SIZE,
      images: images.length,
      ...(even && { grid: first! }),
      ...(foreground !== undefined && { foreground }),
      ...(threshold && { threshold }),
    },
  }
}

async function lookAt(
  context: CommandContext,
  { images, given, layer: named, foreground, rotations }: LearnChoice,
): Promise<Learned | undefined> {
  const seen: LearnedImage[] = []
  let found: Omit<Learned, 'images'> | undefined
  await runVariants(context, {
    named: images,
    recursive: given.recursive,
    open: () => openWithOutputs(context, given, named === undefined ? undefined : (card) => ({ layers: [layerOf(card, named)] })),
    options: { size: given.size ?? ANALYSIS_SIZE },
    variants: function* (image) {
      if (rotations) for (const degrees of ROTATIONS) yield rotatePixels(image, degrees)
    },
    answer(_, variants, card) {
      const layer = layerOf(card, named)
      const parts = variants.map((tokens) => partOf(tokens, layer, foreground))
      found = { fingerprint: variants[0]!.fingerprint, layer }
      seen.push({ ...parts[0]!, patches: parts.map(({ patches }) => patches) })
    },
  })
  return found && { ...found, images: seen }
}

function partOf(
  tokens: Tokens,
  layer: number,
  foreground: number | undefined,
): Omit<LearnedImage, 'patches'> & { readonly patches: Tensor } {
  const grid = patchesOf(tokens, layer)
  const mask = foreground === undefined ? undefined : anomalyMask(grid, { threshold: foreground })
  if (mask && !mask.data.includes(1)) {
    throw new DinokitError('label-invalid', 'The image has no foreground, so nothing of it can be learned.', {
      expected: `patches whose first principal component is above ${foreground}`,
      hint: 'Leave --foreground out, or lower its threshold.',
    })
  }
  return { grid, patches: mask ? maskedTokens(grid, mask) : flat(grid), ...(mask && { mask }) }
}

/** Takes the patches of a layer, after the final LayerNorm. */
export function patchesOf({ layers, patches }: Tokens, layer: number): Tensor {
  return layers[layer]?.patches ?? patches
}

async function reduced(
  { output, signal }: CommandContext,
  all: Tensor,
  lengths: readonly number[],
  count: number,
): Promise<{ readonly patches: Tensor; readonly parts: readonly number[] }> {
  const dim = all.shape[1]!
  const chosen = await selectCoreset(all, count, { onProgress: (done, total) => output.advance(done, total, 'patches'), signal })
  output.end()
  const places = chosen.sort((a, b) => a - b)
  const data = new Float32Array(places.length * dim)
  places.forEach((place, index) => data.set(all.data.subarray(place * dim, (place + 1) * dim), index * dim))
  let end = 0
  const parts = lengths.map((length) => {
    const start = end
    end += length
    return places.filter((place) => place >= start && place < start + length).length
  })
  return { patches: tensor('float32', data, [places.length, dim]), parts }
}

/** Scores each image by the other parts of the bank, and chooses the threshold. */
async function thresholdOf(
  { output, signal }: CommandContext,
  byFold: readonly (readonly LearnedImage[])[],
  bank: { readonly given: LearnChoice['given']; readonly patches: Tensor; readonly parts: readonly number[]; readonly falseAlarms: number },
): Promise<AnomalyThreshold> {
  await using search = await createPatchSearch(commandRuntime(bank.given), bank.patches, bank.parts)
  const scores: number[] = []
  const total = byFold.flat().length
  for (const [fold, some] of byFold.entries()) {
    for (const { grid, mask } of some) {
      const { score } = await scorePatches(search, grid, { without: fold, signal, ...(mask && { mask }) })
      scores.push(score)
      output.advance(scores.length, total, 'scores')
    }
  }
  output.end()
  return anomalyThreshold(scores, bank.falseAlarms)
}

/** [rows][columns][dim] as [patches][dim]. */
function flat({ data, shape: [rows, columns, dim] }: Tensor): Tensor {
  return tensor('float32', data, [rows! * columns!, dim!])
}

function countOf(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { shape }) => sum + shape[0]!, 0)
}
