import { Option, type Command } from 'commander'
import { extname } from 'node:path'
import { parseCount, parseNumber, parseWhole } from './parse-options.ts'

/** What every command that trains a network for a while takes. */
export interface RunOptions {
  readonly data: string[]
  readonly out: string
  readonly run?: string
  readonly resume: boolean
  readonly steps?: number
  readonly minutes?: number
  readonly saveMinutes: number
  readonly knnTrain?: string
  readonly knnTest?: string
  readonly knnMinutes: number
  readonly seed: number
}

/** Adds the options that every command that trains a network for a while takes. */
export function runOptions(command: Command): Command {
  return command
    .requiredOption('--data <folders...>', 'images: folders (with all that is below them), files or globs; labels are not needed')
    .requiredOption('--out <file>', 'the student, a .safetensors checkpoint')
    .option('--run <dir>', 'log, checkpoints and learning curves (default: beside the student, with the ending .run)')
    .option('--resume', 'go on where the run was interrupted', false)
    .addOption(new Option('--steps <n>', 'end after so many steps; the same run has the same bits').argParser(parseCount))
    .addOption(
      new Option('--minutes <n>', 'end after so many minutes of training; without --steps the schedules follow the clock').argParser(
        parseNumber,
      ),
    )
    .addOption(new Option('--save-minutes <n>', 'keep where it stands every so many minutes').argParser(parseNumber).default(5))
    .option('--knn-train <dir>', 'folders of classes: whose nearest neighbors tell how good it is')
    .option('--knn-test <dir>', 'folders of classes: who is asked')
    .addOption(new Option('--knn-minutes <n>', 'how often').argParser(parseNumber).default(10))
    .addOption(new Option('--seed <n>', 'of everything random').argParser(parseWhole).default(0))
}

/** Refuses options that don't go together, as wrong usage. */
export function assertRunOptions(command: Command, { steps, minutes, out, knnTrain, knnTest }: RunOptions): void {
  if (steps === undefined && minutes === undefined) command.error('error: give --steps or --minutes.')
  if (extname(out) !== '.safetensors') command.error(`error: --out ${out} must end with .safetensors.`)
  if ((knnTrain === undefined) !== (knnTest === undefined)) command.error('error: --knn-train and --knn-test go together.')
}
