import type { Command } from 'commander'
import type { CommandContext } from '../../output/command-context.ts'
import { addAnomalyLearnCommand } from './anomaly-learn-command.ts'
import { addAnomalyScoreCommand } from './anomaly-score-command.ts'

/** `dinokit anomaly` */
export function addAnomalyCommand(program: Command, context: (command: Command) => CommandContext): void {
  const anomaly = program
    .command('anomaly')
    .summary('Find what is unlike good images')
    .description('Find what is unlike good images, without training: learn what good ones look like, then score others.')
  addAnomalyLearnCommand(anomaly, context)
  addAnomalyScoreCommand(anomaly, context)
}
