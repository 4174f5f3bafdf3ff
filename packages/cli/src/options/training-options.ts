import { InvalidArgumentError, Option, type Command } from 'commander'
import { cardOptions, type CardOptions } from './card-options.ts'
import { deviceOptions, type DeviceOptions } from './device-options.ts'
import { parseCount, parseWhole } from './parse-options.ts'

/** Options of every command that trains a head. */
export interface TrainingOptions extends CardOptions, DeviceOptions {
  readonly store: string
  readonly out: string
  readonly split?: string
  /** A split’s name, or a share of the training rows. */
  readonly validation?: string | number
  readonly layers?: readonly number[]
  readonly epochs?: number
  readonly batch?: number
  readonly seed: number
  readonly patience?: number
  /** A .png file. */
  readonly plot?: string
  readonly name?: string
  readonly model?: string
}

/**
 * Adds the options that every command that trains takes.
 *
 * @param command - to add them to
 * @param out - the head file’s name by default
 */
export function trainingOptions(command: Command, out: string): Command {
  return storeOptions(command)
    .option('--out <file>', 'the head file', out)
    .option('--split <name>', 'split to train on (default: train, or all rows without such a split)')
    .addOption(
      new Option('--validation <split|share>', 'validation split, or a share of the training rows (default: val, or 0.2)').argParser(
        parseValidation,
      ),
    )
    .addOption(new Option('--batch <n>', 'batch size').argParser(parseCount))
    .addOption(new Option('--epochs <n>', 'number of epochs').argParser(parseCount))
    .addOption(new Option('--seed <n>', 'random seed').argParser(parseWhole).default(0))
    .addOption(
      new Option(
        '--patience <n>',
        'stop after this many epochs without improvement on the validation rows; the best head is kept',
      ).argParser(parseCount),
    )
    .addOption(new Option('--plot <file.png>', 'draw the training loss and the validation metric by epoch').argParser(parsePng))
    .option('--name <name>', 'name of the head (default: its file name)')
}

/** Adds the options of all that reads a store by a model. */
export function storeOptions(command: Command): Command {
  cardOptions(command)
    .requiredOption('--store <dir>', 'the store that `dinokit index` made')
    .option('--model <model>', 'model that made the store, where the store names a local file (default: the store’s own)')
  return deviceOptions(command)
}

function parsePng(text: string): string {
  if (/\.png$/i.test(text)) return text
  throw new InvalidArgumentError('Give a file that ends with .png.')
}

function parseValidation(text: string): string | number {
  const share = Number(text)
  if (!Number.isFinite(share) || text.trim() === '') return text
  if (share > 0 && share < 1) return share
  throw new InvalidArgumentError('Give the name of a split, or a share above 0 and below 1, such as 0.2.')
}
