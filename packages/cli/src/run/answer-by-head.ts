import type { Head, Pixels, StreamOptions } from '@dinokit/core'
import type { Input } from '@dinokit/image-files'
import type { ImageSource } from '@dinokit/runtime-node'
import type { Command } from 'commander'
import type { HeadCommandOptions } from '../options/heads/head-options.ts'
import { openOptions } from '../options/image-options.ts'
import { answerFiles, type AnswerFile } from '../output/answer-format.ts'
import type { CommandContext } from '../output/command-context.ts'
import { runHead } from './run-images.ts'

/** One image, and what a head answered about it. */
interface HeadAnswer<Format extends string, Result> {
  readonly input: Input
  readonly result: Result
  /** The image, to draw on. */
  readonly image: () => Promise<Pixels>
  /**
   * Writes the answer to where `--out` says.
   *
   * @returns the path, or undefined where nothing was to be written
   */
  readonly write: (files: AnswerFile<Format>) => Promise<string | undefined>
}

/** A command that asks a head. */
export interface HeadCommand<Format extends string, Options, Result> {
  readonly command: Command
  readonly context: CommandContext
  readonly formats: readonly Format[]
  readonly images: readonly string[]
  readonly given: HeadCommandOptions
  readonly head: Head<Options, Result>
  /** Whether the embedded model's own head was trained on rooms alone, which is told. */
  readonly knowsRooms?: boolean
  /** Options of each call: the head's own, and the input's size. */
  readonly options: Options & Pick<StreamOptions, 'size'>
  /** Finds options of one image's call. */
  optionsOf?(source: ImageSource): Promise<Partial<Options>>
  /** Prints, and writes, one answer. */
  answer(answer: HeadAnswer<Format, Result>): Promise<void>
}

/** Id of the embedded model. */
const EMBEDDED = 'tiny'

/** Asks a head about every image of a command, and has each answer written and printed. */
export async function answerByHead<Format extends string, Options, Result>(of: HeadCommand<Format, Options, Result>): Promise<void> {
  const { command, context, formats, images, given, knowsRooms = false } = of
  if (knowsRooms) noteOfRooms(context, given)
  const files = await answerFiles(command, formats, images, given)
  await runHead(context, {
    named: images,
    begin: (inputs) => files.begin(inputs),
    recursive: given.recursive,
    open: openOptions(given),
    head: of.head,
    options: of.options,
    ...(of.optionsOf && { optionsOf: (source: ImageSource) => of.optionsOf!(source) }),
    answer: (input, result, image) => of.answer({ input, result, image, write: (answer) => files.write(input, answer) }),
  })
}

/** Tells where an image's answer comes from a head that knows rooms alone. */
export function noteOfRooms({ output }: CommandContext, { head, model }: Pick<HeadCommandOptions, 'head' | 'model'>): void {
  if (head === undefined && model === EMBEDDED)
    output.note('The embedded head was trained on photographs of rooms (NYU Depth v2): on other images it is wrong.')
}
