import type { ModelCard, OutputRequest, Pixels, Tokens } from '@dinokit/core'
import type { Input } from '@dinokit/image-files'
import { loadBackbone, type OpenOptions } from 'dinokit'
import { commandRuntime } from '../../input/command-runtime.ts'
import { ANALYSIS_SIZE, type AnalysisOptions } from '../../options/analysis-options.ts'
import { cardFields } from '../../options/card-options.ts'
import { openOptions } from '../../options/image-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { runTokens } from '../run-images.ts'
import { openWithRegister } from './open-with-register.ts'

/** Tokens of one image. */
export interface SeenImage {
  readonly input: Input
  readonly tokens: Tokens
  readonly card: ModelCard
  /** The image, where it was asked for. */
  readonly pixels: Pixels
}

/** Choice of images that are looked at together. */
export interface SeenChoice {
  readonly images: readonly string[]
  readonly given: Omit<AnalysisOptions, 'overwrite'>
  /** Chooses the outputs that are needed beside the final tokens. */
  readonly outputs?: (card: ModelCard) => OutputRequest
}

/**
 * Has the tokens of images that are looked at together, in the order of the arguments. Those that fail are reported.
 *
 * @returns undefined where one failed
 */
export async function collectTokens(context: CommandContext, { images, given, outputs }: SeenChoice): Promise<SeenImage[] | undefined> {
  const before = context.output.failures()
  const seen: SeenImage[] = []
  let order: readonly Input[] = []
  await runTokens(context, {
    named: images,
    begin: async (inputs) => void (order = inputs),
    recursive: given.recursive,
    open: () => openWithOutputs(context, given, outputs),
    ...(given.testTimeRegisters && { make: openWithRegister(context, given.size ?? ANALYSIS_SIZE) }),
    options: { size: given.size ?? ANALYSIS_SIZE },
    answer: async (input, tokens, image, card) => void seen.push({ input, tokens, card, pixels: await image() }),
  })
  if (context.output.failures() > before || seen.length === 0) return undefined
  return seen.sort((a, b) => order.indexOf(a.input) - order.indexOf(b.input))
}

/**
 * Returns the options to open a model by, with outputs that depend on what it is: it is read for them, without its weights.
 *
 * @param outputs - chooses them; default: the final tokens alone
 */
export async function openWithOutputs(
  { output, signal }: CommandContext,
  given: SeenChoice['given'],
  outputs?: (card: ModelCard) => OutputRequest,
): Promise<OpenOptions> {
  if (!outputs) return openOptions(given)
  const { model, ...said } = given
  const backbone = await loadBackbone(commandRuntime(), model, { ...cardFields(said), onProgress: output.onProgress, signal })
  await backbone.close()
  return { ...openOptions(given), ...outputs(backbone.card) }
}
