import { Option, type Command } from 'commander'
import { extname } from 'node:path'
import { deviceOptions, type DeviceOptions } from './device-options.ts'
import { parseCount, parseNumber, parseWhole } from './parse-options.ts'

/** Options of every command that trains a network for a while. */
export interface RunOptions extends DeviceOptions {
  readonly data: string[]
  readonly out: string
  readonly run?: string
  readonly resume: boolean
  readonly steps?: number
  readonly maxMinutes?: number
  readonly saveMinutes: number
  readonly knnTrain?: string
  readonly knnTest?: string
  readonly evalEveryMinutes: number
  readonly seed: number
}

/** Adds the options that every command that trains a network for a while takes. */
export function runOptions(command: Command): Command {
  return deviceOptions(command)
    .requiredOption('--data <folders...>', 'images: folders (with all that is below them), files or globs; labels are not needed')
    .requiredOption('--out <file>', 'the student, a .safetensors checkpoint')
    .option('--run <dir>', 'folder for log, checkpoints and learning curves (default: --out with the ending .run)')
    .option('--resume', 'continue an interrupted run', false)
    .addOption(new Option('--steps <n>', 'number of steps; gives the same bits every time').argParser(parseCount))
    .addOption(
      new Option('--max-minutes <n>', 'training time in minutes; without --steps the schedules follow the clock').argParser(parseNumber),
    )
    .addOption(new Option('--save-minutes <n>', 'minutes between checkpoints').argParser(parseNumber).default(5))
    .option('--knn-train <dir>', 'reference images for k-NN evaluation, one folder per class')
    .option('--knn-test <dir>', 'test images for k-NN evaluation, one folder per class')
    .addOption(new Option('--eval-every-minutes <n>', 'minutes between k-NN evaluations').argParser(parseNumber).default(10))
    .addOption(new Option('--seed <n>', 'random seed').argParser(parseWhole).default(0))
}

/** Refuses options that don't go together, as wrong usage. */
export function assertRunOptions(command: Command, { steps, maxMinutes, out, knnTrain, knnTest }: RunOptions): void {
  if (steps === undefined && maxMinutes === undefined) command.error('error: give --steps or --max-minutes.')
  if (extname(out) !== '.safetensors') command.error(`error: --out ${out} must end with .safetensors.`)
  if ((knnTrain === undefined) !== (knnTest === undefined)) command.error('error: --knn-train and --knn-test go together.')
}
