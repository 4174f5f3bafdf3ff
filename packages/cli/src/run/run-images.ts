import {
  DinokitError,
  fetchAhead,
  type Head,
  type HeadMap,
  type ModelCard,
  type OpenImage,
  type Pixels,
  type StreamOptions,
  type Tokens,
  type Vision,
} from '@dinokit/core'
import { decodeImage, fetchImage, openImage, type ImageSource } from '@dinokit/runtime-node'
import { open, type OpenOptions } from 'dinokit'
import type { Output } from '../output/console-output.ts'
import type { CommandContext } from '../output/command-context.ts'
import type { Input } from '@dinokit/image-files'
import { isUsage } from '../output/is-usage.ts'
import { passedOverOf, searchImages } from '../output/tell-search.ts'

/** Job of a command on images. */
export interface ImagesJob {
  /** Files, folders, globs and addresses, as the user gave them. */
  readonly named: readonly string[]
  readonly recursive: boolean
  readonly open: OpenOptions
  readonly stream?: StreamOptions
  /** Told of all the images, before the first is looked at. */
  begin?(inputs: readonly Input[]): Promise<void>
  /** Answers for one image; what it throws is that image's failure. */
  answer(input: Input, tokens: Tokens): Promise<void> | void
}

/** Looks at every image that the arguments mean, and reports those that fail. */
export async function runImages(context: CommandContext, job: ImagesJob): Promise<void> {
  const { output, signal } = context
  await withVision(context, { ...job, open: async () => job.open }, async (vision, inputs) => {
    output.advance(0, inputs.length)
    let done = 0
    for await (const { index, tokens, error } of vision.stream(sourcesOf(inputs), { ordered: false, ...job.stream, signal })) {
      const input = inputs[index]!
      await reporting(output, input, async () => {
        if (error) throw error
        await job.answer(input, tokens)
      })
      output.advance(++done, inputs.length)
    }
  })
}

/** Job of a command on the answers of a head. */
export interface HeadJob<Options, Result> extends Omit<ImagesJob, 'answer' | 'stream'> {
  readonly head: Head<Options, Result>
  /** Options of each call: the head's own, and the input's size. */
  readonly options: Options & Pick<StreamOptions, 'size'>
  /** Finds options of one image's call. */
  optionsOf?(source: ImageSource): Promise<Partial<Options>>
  /** Answers for one image, which can be had to draw on; what it throws is that image's failure. */
  answer(input: Input, result: Result, image: () => Promise<Pixels>): Promise<void> | void
}

/** Asks a head about every image that the arguments mean, and reports those that fail. */
export async function runHead<Options, Result>(context: CommandContext, job: HeadJob<Options, Result>): Promise<void> {
  const heads = { head: job.head as unknown as Head<object, Result> }
  const { signal } = context
  await runSources(context, { ...job, open: async () => ({ ...job.open, heads }) }, async (vision, at) =>
    vision.heads.head(at, { ...job.options, ...(await job.optionsOf?.(at)), signal }),
  )
}

/** Job of a command on the tokens of images, which can be had to draw on. */
export interface TokensJob extends Omit<ImagesJob, 'open' | 'answer' | 'stream'> {
  /** Options of `open()`: the model is read for them, where they depend on it. */
  open(): Promise<OpenOptions>
  /** Opens the model in another way than `open()` of the library. */
  make?(options: OpenOptions, inputs: readonly Input[]): Promise<Vision<ImageSource>>
  /** Options of each call. */
  readonly options: Pick<StreamOptions, 'size'>
  /** Answers for one image, which can be had to draw on; what it throws is that image's failure. */
  answer(input: Input, tokens: Tokens, image: () => Promise<Pixels>, card: ModelCard): Promise<void> | void
}

/** Has the tokens of every image that the arguments mean, and reports those that fail. */
export async function runTokens(context: CommandContext, job: TokensJob): Promise<void> {
  await runSources(context, job, (vision, at) => vision.embed(at, { ...job.options, signal: context.signal }))
}

/** Job of a command on open images, of which no more is decoded than it reads. */
export interface OpenedJob<Heads extends HeadMap> extends VisionJob<Heads> {
  /** Does the work of one image; what it throws is that image's failure. */
  work(input: Input, vision: Vision<ImageSource, Heads>, image: OpenImage): Promise<void>
  /** Does what is left once all images were seen, while the model is open. */
  finish?(vision: Vision<ImageSource, Heads>, withImage: WithImage): Promise<void>
}

/** Opens an image for some work, and closes it afterwards. */
type WithImage = <Result>(input: Input, work: (image: OpenImage) => Promise<Result>) => Promise<Result>

/** Opens every image that the arguments mean, and reports those that fail. */
export async function runOpened<Heads extends HeadMap>(context: CommandContext, job: OpenedJob<Heads>): Promise<void> {
  const { output, signal } = context
  await withVision(context, job, async (vision, inputs, { pixelLimit }) => {
    const withImage: WithImage = async ({ source }, work) => {
      await using image = await openImage(source, { ...(pixelLimit !== undefined && { pixelLimit }), signal })
      return await work(image)
    }
    for (const input of inputs) await reporting(output, input, () => withImage(input, (image) => job.work(input, vision, image)))
    await job.finish?.(vision, withImage)
  })
}

/** Job of a command on the tokens of images, and of variants of each. */
export interface VariantsJob extends Omit<TokensJob, 'answer'> {
  /** Makes variants of an image, such as rotated ones. */
  variants(image: Pixels): Iterable<Pixels>
  /** Answers for one image: the tokens of it, then those of its variants. What it throws is that image's failure. */
  answer(input: Input, tokens: readonly Tokens[], card: ModelCard): Promise<void> | void
}

/** Has the tokens of every image that the arguments mean and of its variants, and reports those that fail. */
export async function runVariants(context: CommandContext, job: VariantsJob): Promise<void> {
  const options = { ...job.options, signal: context.signal }
  await runSources(
    context,
    { ...job, answer: (input, tokens: readonly Tokens[], _, card) => job.answer(input, tokens, card) },
    async (vision, at, image) => {
      const tokens = [await vision.embed(at, options)]
      for (const variant of job.variants(await image())) tokens.push(await vision.embed(variant, options))
      return tokens
    },
  )
}

interface SourcesJob<Heads extends HeadMap, Result> extends VisionJob<Heads> {
  answer(input: Input, result: Result, image: () => Promise<Pixels>, card: ModelCard): Promise<void> | void
}

async function runSources<Heads extends HeadMap, Result>(
  context: CommandContext,
  job: SourcesJob<Heads, Result>,
  ask: (vision: Vision<ImageSource, Heads>, at: ImageSource, image: () => Promise<Pixels>) => Promise<Result>,
): Promise<void> {
  const { output, signal } = context
  await withVision(context, job, async (vision, inputs, { pixelLimit }) => {
    const decode = { ...(pixelLimit !== undefined && { pixelLimit }) }
    output.advance(0, inputs.length)
    let done = 0
    const fetch = (source: ImageSource, signal: AbortSignal): Promise<ImageSource> | undefined => fetchImage(source, { signal })
    for await (const { index, at, error } of fetchAhead<ImageSource>(sourcesOf(inputs), { fetch, window: Infinity, signal })) {
      const input = inputs[index]!
      await reporting(output, input, async () => {
        if (error) throw error
        const image = (): Promise<Pixels> => decodeImage(at, { ...decode, signal })
        await job.answer(input, await ask(vision, at, image), image, vision.card)
      })
      output.advance(++done, inputs.length)
    }
  })
}

/** Reports what an image's work throws, but for what ends the command. */
async function reporting(output: Output, input: Input, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    if (!DinokitError.is(cause) || cause.code === 'aborted') throw cause
    output.failure(input.source, cause)
  }
}

interface VisionJob<Heads extends HeadMap> {
  begin?(inputs: readonly Input[]): Promise<void>
  readonly named: readonly string[]
  readonly recursive: boolean
  open(): Promise<OpenOptions<Heads>>
  /** Opens the model in another way than `open()` of the library. */
  make?(options: OpenOptions<Heads>, inputs: readonly Input[]): Promise<Vision<ImageSource, Heads>>
}

/** Opens the model for the images that the arguments mean, and disposes of it afterwards. */
async function withVision<Heads extends HeadMap>(
  { output, signal }: CommandContext,
  job: VisionJob<Heads>,
  work: (vision: Vision<ImageSource, Heads>, inputs: readonly Input[], options: OpenOptions<Heads>) => Promise<void>,
): Promise<void> {
  const { images: inputs, passedOver } = await searchImages(output, job.named, job.recursive)
  if (inputs.length === 0) return
  await job.begin?.(inputs)
  let vision: Vision<ImageSource, Heads>
  let options: OpenOptions<Heads>
  try {
    options = await job.open()
    vision =
      (await job.make?.(options, inputs)) ??
      (await open({ ...options, onProgress: output.onProgress, onNote: (note) => output.note(note), signal }))
  } catch (error) {
    if (!DinokitError.is(error) || isUsage(error) || error.code === 'aborted') throw error
    // Without its model no image can be looked at: each is named.
    for (const { source } of inputs) output.failure(source, error)
    return
  }
  try {
    await work(vision, inputs, options)
    const said = passedOverOf(passedOver)
    if (said.passedOver) output.summary({ images: inputs.length, failed: output.failures(), ...said })
  } finally {
    output.end()
    await vision.dispose()
  }
}

function sourcesOf(inputs: readonly Input[]): string[] {
  return inputs.map((input) => input.source)
}
