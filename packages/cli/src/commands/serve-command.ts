import type { Command } from 'commander'
import type { CommandContext } from '../output/command-context.ts'
import { serveOptions, type ServeCommandOptions } from '../options/serve-options.ts'

/** `dinokit serve` */
export function addServeCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = serveOptions(program.command('serve'))
  command.action(async (options: ServeCommandOptions) => {
    const { serve } = await import('../run/serving/serve.ts')
    await serve(context(command), options)
  })
}
