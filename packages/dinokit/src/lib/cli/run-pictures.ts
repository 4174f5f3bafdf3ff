import { DinokitError, type StreamOptions, type Tokens, type Vision } from '@dinokit/core'
import type { ImageSource } from '@dinokit/runtime-node'
import { open, type OpenOptions } from '../../open.ts'
import type { CommandContext } from './command-context.ts'
import { expandInputs, type Input } from './expand-inputs.ts'

/** What a command does with pictures. */
export interface PicturesJob {
  /** Files, folders, globs and addresses, as the user gave them. */
  readonly named: readonly string[]
  readonly recursive: boolean
  readonly open: OpenOptions
  readonly stream?: StreamOptions
  /** Answers for one picture; what it throws is that picture's failure. */
  answer(input: Input, tokens: Tokens): Promise<void> | void
}

/** Looks at every picture that the arguments mean, and reports those that fail. */
export async function runPictures({ output, signal }: CommandContext, job: PicturesJob): Promise<void> {
  const inputs = await expandInputs(job.named, job.recursive)
  if (inputs.length === 0)
    throw new DinokitError('file-not-found', `There are no pictures in ${job.named.join(', ')}.`, {
      given: job.named.join(', '),
      expected: 'JPEG, PNG, WebP, AVIF, GIF or TIFF files',
      hint: job.recursive ? 'Check the folder.' : 'Try --recursive.',
    })
  let vision: Vision<ImageSource>
  try {
    vision = await open({ ...job.open, onProgress: output.onProgress, signal })
  } catch (error) {
    if (!DinokitError.is(error) || isUsage(error) || error.code === 'aborted') throw error
    // Without its model no picture can be looked at: each is named.
    for (const { source } of inputs) output.failure(source, error)
    return
  }
  try {
    for await (const { index, tokens, error } of vision.stream(sourcesOf(inputs), { ...job.stream, signal })) {
      const input = inputs[index]!
      try {
        if (error) throw error
        await job.answer(input, tokens)
      } catch (cause) {
        if (!DinokitError.is(cause) || cause.code === 'aborted') throw cause
        output.failure(input.source, cause)
      }
      output.advance(index + 1, inputs.length)
    }
  } finally {
    output.end()
    await vision.dispose()
  }
}

function sourcesOf(inputs: readonly Input[]): string[] {
  return inputs.map((input) => input.source)
}

/** Whether an error says that the command was given wrongly, rather than that something failed. */
export function isUsage(error: DinokitError): boolean {
  return error.code === 'model-unknown' || error.code === 'invalid-option' || error.code === 'output-unavailable'
}
