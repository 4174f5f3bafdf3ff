import { DinokitError, parseCardFields, type CardFields } from '@dinokit/core'
import { InvalidArgumentError, Option, type Command } from 'commander'
import type { LoadOptions } from 'dinokit'

/** Options that describe a model where its files do not. */
export interface CardOptions {
  readonly card?: CardFields
  readonly weights?: string
  readonly output?: string
}

/**
 * Adds what can be said of a model whose files do not say it.
 *
 * @param command - to add the options to
 * @param whose - the model's name in the help, where the command takes several
 * @returns the command
 */
export function cardOptions(command: Command, whose = 'the model'): Command {
  return weightsOptions(command, whose).option('--output <name>', 'which output of an ONNX file is the tokens, where names do not tell')
}

/** The same without `--output`, for commands that call something else so. */
export function weightsOptions(command: Command, whose = 'the model'): Command {
  return command
    .addOption(
      new Option(
        '--card <fields>',
        `what the files of ${whose} don't say, such as heads=16,interpolation=antialias,mean=0.5; inspect shows what they do`,
      ).argParser(parseFields),
    )
    .option('--weights <name>', 'which weights of a file with several, such as teacher')
}

/** Options without what is said of a model. */
export function withoutCard<T extends object>(options: T): Omit<T, 'card' | 'weights'> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => name !== 'card' && name !== 'weights')) as Omit<
    T,
    'card' | 'weights'
  >
}

/** Selects the options that the library takes. */
export function cardFields({ card, weights, output }: CardOptions): Pick<LoadOptions, 'card' | 'weights' | 'output'> {
  return { ...(card && { card }), ...(weights !== undefined && { weights }), ...(output !== undefined && { output }) }
}

function parseFields(text: string): CardFields {
  try {
    return parseCardFields(text)
  } catch (error) {
    throw DinokitError.is(error) ? new InvalidArgumentError(error.message) : error
  }
}
