import { DinokitError, type ModelCard, type OutputRequest, type Pixels, type Tokens } from '@dinokit/core'
import type { Input } from '@dinokit/image-files'
import type { Command } from 'commander'
import { ANALYSIS_SIZE, type AnalysisOptions } from '../../options/analysis-options.ts'
import { answerFormat } from '../../output/answer-format.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { assertOneFile } from '../../output/out-paths.ts'
import { createOutputFiles } from '../../output/output-files.ts'
import { runTokens } from '../run-images.ts'
import { openWithOutputs } from './collect-tokens.ts'
import { openWithRegister } from './open-with-register.ts'

/** Makes the file of one image's answer, by the format. */
export type AnswerFile<Format extends string> = Readonly<Record<Format, () => Uint8Array | Promise<Uint8Array>>>

/** One image's tokens, and where the answer about them goes. */
interface TokensAnswer<Format extends string> {
  readonly input: Input
  readonly tokens: Tokens
  readonly card: ModelCard
  /** The image, to draw on. */
  readonly image: () => Promise<Pixels>
  /**
   * Writes the answer to where `--out` says.
   *
   * @returns the path, or undefined where nothing was to be written
   */
  readonly write: (files: AnswerFile<Format>) => Promise<string | undefined>
}

/** A command that analyzes the tokens of images. */
export interface TokensCommand<Format extends string> {
  readonly command: Command
  readonly context: CommandContext
  readonly formats: readonly Format[]
  readonly images: readonly string[]
  readonly given: AnalysisOptions
  /** Chooses the outputs that it needs beside the final tokens. */
  outputs?(card: ModelCard): OutputRequest
  /** Prints, and writes, one answer. */
  answer(answer: TokensAnswer<Format>): Promise<void>
}

/** Has the tokens of every image of a command analyzed, and each answer written and printed. */
export async function answerByTokens<Format extends string>(of: TokensCommand<Format>): Promise<void> {
  const { command, context, formats, images, given } = of
  const format = answerFormat(command, formats, given)
  await assertOneFile(command, images, { ...given, format })
  const { out, overwrite, size = ANALYSIS_SIZE } = given
  const files = out === undefined ? undefined : createOutputFiles({ out, format, overwrite })
  await runTokens(context, {
    named: images,
    begin: async (inputs) => files?.plan(inputs),
    recursive: given.recursive,
    open: () => openWithOutputs(context, given, of.outputs?.bind(of)),
    ...(given.testTimeRegisters && { make: openWithRegister(context, size) }),
    options: { size },
    answer: (input, tokens, image, card) =>
      of.answer({ input, tokens, card, image, write: async (answer) => files?.write(input, await answer[format]()) }),
  })
}

/**
 * Checks a layer that was named.
 *
 * @throws DinokitError `invalid-option`
 */
export function layerOf(card: ModelCard, layer = card.architecture.depth): number {
  if (layer <= card.architecture.depth) return layer
  throw new DinokitError('invalid-option', `${card.id} has no layer ${layer}.`, {
    given: String(layer),
    expected: `a layer from 1 to ${card.architecture.depth}`,
  })
}

/**
 * The layer whose patches tell places in one scene apart best: a third of the way, where they still show what lies there rather than
 * what it is a part of.
 */
export function placeLayer(card: ModelCard, layer?: number): number {
  return layerOf(card, layer ?? Math.max(1, Math.round(card.architecture.depth / 3)))
}
