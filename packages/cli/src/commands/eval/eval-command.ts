import type { Command } from 'commander'
import type { CommandContext } from '../../output/command-context.ts'
import { addEvalClassifyCommand } from './eval-classify-command.ts'
import { addEvalDenseCommands } from './eval-dense-command.ts'

/** `dinokit eval` */
export function addEvalCommand(program: Command, context: (command: Command) => CommandContext): void {
  const evaluate = program
    .command('eval')
    .summary('judge heads by a store')
    .description('Judges heads by a store whose labels or annotations are known, by what they answer.')
  addEvalClassifyCommand(evaluate, context)
  addEvalDenseCommands(evaluate, context)
}
