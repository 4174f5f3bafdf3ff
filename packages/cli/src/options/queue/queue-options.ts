import { Option, type Command } from 'commander'
import { modelOptions, type ModelOptions } from '../image-options.ts'
import { parseCount, parseNumber } from '../parse-options.ts'

/** Options of every command on a queue. */
export interface QueueOptions {
  readonly queue: string
  readonly name?: string
}

/** Options of `dinokit worker`. */
export interface WorkerOptions extends QueueOptions, Omit<ModelOptions, 'model'> {
  readonly store: string
  readonly model?: string
  readonly batch?: number
  readonly lockSeconds: number
  readonly publishSeconds: number
  readonly fsync: boolean
  readonly untilDone: boolean
}

/** Adds the options that say which queue. */
export function queueOptions(command: Command): Command {
  return command
    .requiredOption('--queue <address>', 'the queue: redis://host:6379 or postgres://user@host/database')
    .option('--name <name>', 'name of the queue (default: dinokit)')
}

/** Adds the options of `dinokit worker`. */
export function workerOptions(command: Command): Command {
  queueOptions(command)
    .requiredOption('--store <dir>', 'the store that the images were planned for: a folder, or s3://bucket/name')
    .addOption(new Option('--batch <n>', 'batch size (default: 1, on a GPU 8)').argParser(parseCount))
    .addOption(
      new Option('--lock-seconds <n>', 'seconds until the images of a worker that has died are taken up by another')
        .argParser(parseNumber)
        .default(30),
    )
    .addOption(new Option('--publish-seconds <n>', 'least seconds from one publishing to the next').argParser(parseNumber).default(10))
    .option('--fsync', 'count work as done once it is on the disk, so that a power cut loses nothing either', false)
    .option('--until-done', 'end when all work is done and published (default: wait for more)', false)
  return modelOptions(command, 'the store’s own')
}
