import type { Queues } from '@dinokit/queue'
import { Option, type Command } from 'commander'
import { once } from 'node:events'
import { loadQueue } from '../../input/load-queue.ts'
import { queueOptions, type QueueOptions } from '../../options/queue/queue-options.ts'
import { parseWhole } from '../../options/parse-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { reporting } from '../../output/reporting.ts'

interface JobsOptions extends QueueOptions {
  readonly store?: string
  readonly port: number
}

/** `dinokit jobs` */
export function addJobsCommand(program: Command, context: (command: Command) => CommandContext): void {
  const jobs = program
    .command('jobs')
    .summary('Inspect and steer a queue: status, pause, resume, failed, retry, board')
    .description('Inspect and steer a queue that `dinokit index --queue` filled.')
    .addHelpText(
      'after',
      '\nExamples:\n  $ dinokit jobs status --queue redis://localhost:6379 --store photos.store\n  $ dinokit jobs failed --queue redis://localhost:6379',
    )

  /** Adds a command on a queue. */
  const add = (
    name: string,
    about: string,
    act: (queues: Queues, options: JobsOptions, context: CommandContext) => Promise<void>,
  ): Command => {
    const command = queueOptions(jobs.command(name).description(about))
    return command.action(async (options: JobsOptions) => {
      const { openQueues, QUEUE_NAME } = await loadQueue()
      await reporting(context(command), options.name ?? QUEUE_NAME, async () => {
        const queues = await openQueues(options.queue, options.name)
        try {
          await act(queues, options, context(command))
        } finally {
          await queues.close()
        }
      })
    })
  }

  add('status', 'Print how far the work is.', async (queues, { store }, { output }) => {
    const { queueStatus } = await loadQueue()
    const status = await queueStatus(queues, store)
    const { waiting, active, delayed, failed, workers, rows, unpublished, oftenStalled, paused } = status
    const lines = [
      `${queues.name} at ${queues.address.shown}${paused ? ' (paused)' : ''}`,
      `  shards: ${waiting} waiting, ${active} active, ${delayed} to be tried again`,
      `  workers: ${workers}`,
      `  failed images: ${failed}`,
      ...(rows === undefined ? [] : [`  store: ${rows} rows, ${unpublished} files of rows to be published`]),
      ...oftenStalled.map((images) => `  workers have died over and over at ${images}`),
    ]
    output.result(queues.name, status, lines.join('\n'))
  }).option('--store <dir>', 'the store, to tell how many rows it has')
  add('pause', 'Pause the queue: workers end the shards that they are at, and take no others.', async (queues, _options, { output }) => {
    await queues.shards.pause()
    output.report(queues.name, { paused: true }, `${queues.name}: paused; go on with dinokit jobs resume`)
  })
  add('resume', 'Go on with a queue that was paused.', async (queues, _options, { output }) => {
    await queues.shards.resume()
    output.report(queues.name, { paused: false }, `${queues.name}: resumed`)
  })
  add('failed', 'List the images that have failed, each with its reason.', async (queues, _options, { output }) => {
    const { failedImages } = await loadQueue()
    let count = 0
    for await (const { id, source, reason } of failedImages(queues)) {
      count++
      output.result(source, { id, reason }, `${source}: ${reason}`)
    }
    output.note(`${queues.name}: ${count} images have failed${count > 0 ? '; try them again with dinokit jobs retry' : ''}`)
  })
  add('retry', 'Try the images again that have failed.', async (queues, _options, { output }) => {
    const { retryFailed } = await loadQueue()
    const retried = await retryFailed(queues)
    output.report(queues.name, { retried }, `${queues.name}: ${retried} images wait to be tried again`)
  })
  add('board', 'Serve a page that shows the queue (Bull Board), on this machine alone.', async (queues, { port }, { output, signal }) => {
    const { serveBoard } = await loadQueue()
    const board = await serveBoard(queues, port)
    output.result(queues.name, { address: board.address }, `${queues.name}: ${board.address}, until Ctrl-C`)
    if (!signal.aborted) await once(signal, 'abort')
    await board.close()
  }).addOption(new Option('--port <n>', 'port of the page; 0 for any').argParser(parseWhole).default(7878))
}
