import type { Command } from 'commander'
import type { CommandContext } from '../../output/command-context.ts'
import { addTrainClassifyCommand } from './train-classify-command.ts'
import { addTrainDenseCommands } from './train-dense-command.ts'

/** `dinokit train` */
export function addTrainCommand(program: Command, context: (command: Command) => CommandContext): void {
  const train = program
    .command('train')
    .summary('Train heads on the embeddings of a store')
    .description('Train heads on the embeddings of a store, without reading the images again.')
  addTrainClassifyCommand(train, context)
  addTrainDenseCommands(train, context)
}
