import { DinokitError, parseCardFields, type CardFields } from '@dinokit/core'
import { InvalidArgumentError, Option, type Command } from 'commander'
import type { LoadOptions } from 'dinokit'

/** Options that describe a model where its files do not. */
export interface CardOptions {
  readonly card?: CardFields
  readonly weights?: string
  readonly adapter?: string
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
  return command
    .addOption(
      new Option(
        '--card <fields>',
        `what the files of ${whose} don't say, such as heads=16,interpolation=antialias,mean=0.5; inspect shows what they do`,
      ).argParser(parseFields),
    )
    .option('--weights <name>', 'which weights of a file with several, such as teacher')
    .option('--adapter <folder>', `LoRA adapter of peft to merge into ${whose}: folder or hub repository`)
    .option('--output <name>', 'which output of an ONNX file is the tokens, where names do not tell')
}

/** Options without what is said of a model. */
export function withoutCard<T extends object>(options: T): Omit<T, keyof CardOptions> {
  const others = Object.entries(options).filter(([name]) => !['card', 'weights', 'adapter', 'output'].includes(name))
  return Object.fromEntries(others) as Omit<T, keyof CardOptions>
}

/** Selects the options that the library takes. */
export function cardFields({ card, weights, output, adapter }: CardOptions): Pick<LoadOptions, keyof CardOptions> {
  return {
    ...(card && { card }),
    ...(weights !== undefined && { weights }),
    ...(output !== undefined && { output }),
    ...(adapter !== undefined && { adapter }),
  }
}

function parseFields(text: string): CardFields {
  try {
    return parseCardFields(text)
  } catch (error) {
    throw DinokitError.is(error) ? new InvalidArgumentError(error.message) : error
  }
}
