import { shrinkImage, type MergeTilesOptions, type TileOptions } from '@dinokit/analysis'
import type { HeadMap, NoHeads, OpenImage, Pixels, Vision } from '@dinokit/core'
import type { Input } from '@dinokit/image-files'
import type { ImageSource } from '@dinokit/runtime-node'
import type { Command } from 'commander'
import type { OpenOptions } from 'dinokit'
import type { AnalysisOptions } from '../../options/analysis-options.ts'
import { answerFiles, type AnswerFile } from '../../output/answer-format.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { runOpened } from '../run-images.ts'

/** Longest side of the copy of a large image that is drawn on. */
const DRAWN_SIDE = 1200

/** One large image, and where the answer about it goes. */
interface TilesAnswer<Format extends string, Heads extends HeadMap> {
  readonly input: Input
  readonly vision: Vision<ImageSource, Heads>
  readonly image: OpenImage
  /** Sides of tiles, progress and cancellation. */
  readonly tiles: MergeTilesOptions
  /** A smaller copy of the image, to draw on. */
  readonly small: () => Promise<Pixels>
  /**
   * Writes the answer to where `--out` says.
   *
   * @returns the path, or undefined where nothing was to be written
   */
  readonly write: (files: AnswerFile<Format>) => Promise<string | undefined>
}

/** A command that looks at large images tile by tile. */
export interface TilesCommand<Format extends string, Heads extends HeadMap> {
  readonly command: Command
  readonly context: CommandContext
  readonly formats: readonly Format[]
  readonly images: readonly string[]
  readonly given: AnalysisOptions
  readonly tiles: TileOptions
  /** Options of `open()`. */
  open(): Promise<OpenOptions<Heads>>
  /** Prints, and writes, one answer. */
  answer(answer: TilesAnswer<Format, Heads>): Promise<void>
}

/** Has every image of a command looked at tile by tile, and each answer written and printed. */
export async function answerByTiles<Format extends string, Heads extends HeadMap = NoHeads>(
  of: TilesCommand<Format, Heads>,
): Promise<void> {
  const { command, context, formats, images, given } = of
  const { output, signal } = context
  const files = await answerFiles(command, formats, images, given)
  const tiles = { ...of.tiles, signal, onTile: (done: number, all: number) => output.advance(done, all, 'tiles') }
  await runOpened(context, {
    named: images,
    begin: (inputs) => files.begin(inputs),
    recursive: given.recursive,
    open: () => of.open(),
    work: (input, vision, image) =>
      of.answer({
        input,
        vision,
        image,
        tiles,
        small: () => shrinkImage(image, DRAWN_SIDE),
        write: (answer) => files.write(input, answer),
      }),
  })
}
