import type { Measure, MeasureOptions } from '@dinokit/curate'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { rowOptions, storeCommand, type RowOptions } from './store-options.ts'

/** Options that all commands of curation have. */
export interface CurateCommandOptions extends RowOptions {
  readonly store?: string
  readonly out?: string
  readonly apply?: boolean
}

/** Description of a command of curation. */
export interface CurateCommand {
  readonly name: string
  readonly about: string
  /** Description of what --apply does; undefined where it does nothing. */
  readonly apply?: string
  /** Whether it takes rows of one split or label. Default true. */
  readonly filtered?: boolean
  readonly examples: readonly string[]
}

/** Adds a command of curation to `dinokit store`. */
export function curateCommand(store: Command, { name, about, apply, filtered = true, examples }: CurateCommand): Command {
  const command = storeCommand(store, name, about)
  if (filtered) rowOptions(command)
  if (apply !== undefined) command.option('--apply', apply, false)
  return command.addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ dinokit store ${example}`).join('\n')}`)
}

/** The option that names a file of a table. */
export function tableOption(command: Command): Command {
  return command.addOption(new Option('--out <file>', 'write the whole table, as .csv or .json').argParser(parseTable))
}

function parseTable(path: string): string {
  if (/\.(csv|json)$/i.test(path)) return path
  throw new InvalidArgumentError('Give a file that ends with .csv or .json.')
}

/** The option that names a page, or a file of a table. */
export function pageOption(command: Command): Command {
  return command.addOption(
    new Option('--out <file>', 'write the map: .html is a page that stands alone, .csv or .json the table')
      .argParser(parsePage)
      .makeOptionMandatory(),
  )
}

function parsePage(path: string): string {
  if (/\.(html|csv|json)$/i.test(path)) return path
  throw new InvalidArgumentError('Give a file that ends with .html, .csv or .json.')
}

/** Options of commands that compare images. */
export interface MeasureCommandOptions extends CurateCommandOptions {
  readonly measure?: Measure
  readonly threshold?: number
}

/** Adds the options that say how images are compared. */
export function measureOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--measure <name>', 'similarity that is compared (default: whitened; of fewer than 20 rows, cosine)').choices([
        'whitened',
        'cosine',
      ]),
    )
    .addOption(
      new Option(
        '--threshold <similarity>',
        'least similarity of duplicates; 1 finds equal ones alone (default: 0.7; of cosine, 0.95)',
      ).argParser(parseCosine),
    )
}

/** Reads how a command compares images. */
export function measureOf({ measure, threshold }: MeasureCommandOptions): MeasureOptions {
  return { ...(measure && { measure }), ...(threshold !== undefined && { threshold }) }
}

/** A cosine: above -1, and 1 at most. */
function parseCosine(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value > -1 && value <= 1) return value
  throw new InvalidArgumentError('Give a cosine: above -1, and 1 at most, such as 0.95.')
}
