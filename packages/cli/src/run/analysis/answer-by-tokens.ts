import { DinokitError, type ModelCard, type OutputRequest, type Pixels, type Tokens } from '@dinokit/core'
import type { Input } from '@dinokit/image-files'
import type { Command } from 'commander'
import { ANALYSIS_SIZE, type AnalysisOptions } from '../../options/analysis-options.ts'
import { answerFiles, type AnswerFile } from '../../output/answer-format.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { runTokens } from '../run-images.ts'
import { openWithOutputs } from './collect-tokens.ts'
import { openWithRegister } from './open-with-register.ts'

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
  const { size = ANALYSIS_SIZE } = given
  const files = await answerFiles(command, formats, images, given)
  await runTokens(context, {
    named: images,
    begin: (inputs) => files.begin(inputs),
    recursive: given.recursive,
    open: () => openWithOutputs(context, given, of.outputs?.bind(of)),
    ...(given.testTimeRegisters && { make: openWithRegister(context, size) }),
    options: { size },
    answer: (input, tokens, image, card) => of.answer({ input, tokens, card, image, write: (answer) => files.write(input, answer) }),
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
