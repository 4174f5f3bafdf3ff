import type { Command } from 'commander'
import type { CommandContext } from '../../output/command-context.ts'
import { addTrainClassifyCommand } from './train-classify-command.ts'
import { addTrainDenseCommands } from './train-dense-command.ts'

/** `dinokit train` */
export function addTrainCommand(program: Command, context: (command: Command) => CommandContext): void {
  const train = program
    .command('train')
    .summary('train heads on the embeddings of a store')
    .description('Trains heads on the embeddings of a store: the images are not looked at again.')
  addTrainClassifyCommand(train, context)
  addTrainDenseCommands(train, context)
}
