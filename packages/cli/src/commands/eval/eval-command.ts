import type { Command } from 'commander'
import type { CommandContext } from '../../output/command-context.ts'
import { addEvalClassifyCommand } from './eval-classify-command.ts'
import { addEvalDenseCommands } from './eval-dense-command.ts'

/** `dinokit eval` */
export function addEvalCommand(program: Command, context: (command: Command) => CommandContext): void {
  const evaluate = program
    .command('eval')
    .summary('Evaluate a trained head on a labeled store')
    .description('Evaluate trained heads on a store with labels or annotations.')
  addEvalClassifyCommand(evaluate, context)
  addEvalDenseCommands(evaluate, context)
}
