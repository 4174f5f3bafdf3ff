import { Command } from 'commander'
import { createRequire } from 'node:module'
import { addClassifyCommand } from './commands/classify-command.ts'
import type { CommandContext } from './output/command-context.ts'
import { createConsoleOutput, type Output } from './output/console-output.ts'
import { addConvertCommand } from './commands/convert-command.ts'
import { addDepthCommand } from './commands/depth-command.ts'
import { addDistillCommand } from './commands/distill-command.ts'
import { addDoctorCommand } from './commands/doctor-command.ts'
import { addEmbedCommand } from './commands/embed-command.ts'
import { addEvalCommand } from './commands/eval/eval-command.ts'
import { addExportCommand } from './commands/export-command.ts'
import { addIndexCommand } from './commands/index-command.ts'
import { addInspectCommand } from './commands/inspect-command.ts'
import { addModelsCommand } from './commands/models-command.ts'
import { addPretrainCommand } from './commands/pretrain-command.ts'
import { addSearchCommand } from './commands/search-command.ts'
import { addSegmentCommand } from './commands/segment-command.ts'
import { addSimilarityCommand } from './commands/similarity-command.ts'
import { addStoreCommand } from './commands/store-command.ts'
import { addTrainCommand } from './commands/train/train-command.ts'

interface GlobalOptions {
  readonly json: boolean
  readonly color: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

/** The command line, and the output that its commands write to once one has begun. */
export interface Program {
  readonly command: Command
  /** Undefined before a command has begun. */
  output(): Output | undefined
}

/** Makes the command line. */
export function createProgram(signal: AbortSignal): Program {
  const program = new Command('dinokit')
  const { version } = createRequire(import.meta.url)('../package.json') as { readonly version: string }
  let output: Output | undefined
  const context = (command: Command): CommandContext => ({
    output: (output ??= createConsoleOutput(command.optsWithGlobals<GlobalOptions>())),
    signal,
  })
  program
    .description('DINOv2 for TypeScript: images in, a typed embedding out.')
    .version(version)
    .option('--json', 'one JSON object a line, one for each input', false)
    .option('--no-color', 'no colors (NO_COLOR is honored too)')
    .option('--quiet', 'only answers and failures: no progress, no summary, no notes', false)
    .option('--verbose', 'name everything that was done, not only how much', false)
    .showHelpAfterError('(see --help)')
    .addHelpText(
      'after',
      '\nExit code: 0 all good, 1 some inputs failed, 2 wrong usage.\n\nExamples:\n  $ dinokit classify photo.jpg\n  $ dinokit embed photos/ --out embeddings/\n  $ dinokit embed photo.jpg --model dinov2-small --json',
    )
  for (const add of [
    addEmbedCommand,
    addClassifyCommand,
    addSegmentCommand,
    addDepthCommand,
    addSimilarityCommand,
    addIndexCommand,
    addSearchCommand,
    addStoreCommand,
    addTrainCommand,
    addEvalCommand,
    addModelsCommand,
    addExportCommand,
    addConvertCommand,
    addInspectCommand,
    addDistillCommand,
    addPretrainCommand,
    addDoctorCommand,
  ])
    add(program, context)
  for (const command of withSubcommands(program)) command.exitOverride().configureHelp({ showGlobalOptions: true })
  return { command: program, output: () => output }
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}
