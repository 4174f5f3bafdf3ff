import type { Command } from 'commander'
import { workerOptions, type WorkerOptions } from '../../options/queue/queue-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { reporting } from '../../output/reporting.ts'
import { runOnQueue } from '../../run/queue/run-on-queue.ts'

/** `dinokit worker` */
export function addWorkerCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('worker')
    .summary('Work on a queue that `dinokit index --queue` filled')
    .description(
      'Compute embeddings of the images in a queue, beside any number of other workers, and publish them in a store. A worker that is killed loses nothing: another takes its images up again.',
    )
  workerOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit index photos/ --store photos.store --queue redis://localhost:6379
  $ dinokit worker --queue redis://localhost:6379 --store photos.store
  $ dinokit worker --queue redis://:password@host:6379 --store photos.store --until-done`,
    )
    .action(async (options: WorkerOptions) => {
      await reporting(context(command), options.store, () => runOnQueue(context(command), options))
    })
}
