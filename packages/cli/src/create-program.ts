import { Command, Help } from 'commander'
import { createRequire } from 'node:module'
import { wrapHelp } from './output/wrap-help.ts'
import { addAnomalyCommand } from './commands/anomaly/anomaly-command.ts'
import { addAttentionCommand } from './commands/analysis/attention-command.ts'
import { addDiscoverCommand } from './commands/analysis/discover-command.ts'
import { addFollowCommand } from './commands/analysis/follow-command.ts'
import { addMatchCommand } from './commands/analysis/match-command.ts'
import { addPcaCommand } from './commands/analysis/pca-command.ts'
import { addSimilarPatchesCommand } from './commands/analysis/similar-patches-command.ts'
import { addClassifyCommand } from './commands/heads/classify-command.ts'
import type { CommandContext } from './output/command-context.ts'
import { createConsoleOutput, type Output } from './output/console-output.ts'
import { addCalibrateCommand } from './commands/calibrate-command.ts'
import { addConvertCommand } from './commands/convert-command.ts'
import { addDepthCommand } from './commands/heads/depth-command.ts'
import { addDistillCommand } from './commands/distill-command.ts'
import { addDoctorCommand } from './commands/doctor-command.ts'
import { addEmbedCommand } from './commands/embed-command.ts'
import { addEvalCommand } from './commands/eval/eval-command.ts'
import { addExportCommand } from './commands/export-command.ts'
import { addIndexCommand } from './commands/index-command.ts'
import { addJobsCommand } from './commands/queue/jobs-command.ts'
import { addWorkerCommand } from './commands/queue/worker-command.ts'
import { addInspectCommand } from './commands/inspect-command.ts'
import { addModelsCommand } from './commands/models-command.ts'
import { addPretrainCommand } from './commands/pretrain-command.ts'
import { addSearchCommand } from './commands/search-command.ts'
import { addSegmentCommand } from './commands/heads/segment-command.ts'
import { addServeCommand } from './commands/serve-command.ts'
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

const HELP: Partial<Help> = {
  showGlobalOptions: true,
  // That a flag is off unless it is given goes without saying.
  optionDescription: (option) => (option.defaultValue === false ? option.description : Help.prototype.optionDescription(option)),
}

/** Help pages and the version are all that commander writes to standard output. */
const OUTPUT = { writeOut: (text: string): void => void process.stdout.write(wrapHelp(text)) }

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
    .description('DINOv2 for TypeScript: embeddings, classification, segmentation, depth, search and training.')
    .version(version)
    .option('--json', 'print one JSON object per line, one for each input', false)
    .option('--no-color', 'disable colors (also by NO_COLOR)')
    .option('--quiet', 'print results and failures only: no progress, summary or notes', false)
    .option('--verbose', 'print one line for each input, not only totals', false)
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
    addAttentionCommand,
    addDiscoverCommand,
    addMatchCommand,
    addFollowCommand,
    addPcaCommand,
    addSimilarPatchesCommand,
    addAnomalyCommand,
    addIndexCommand,
    addWorkerCommand,
    addJobsCommand,
    addSearchCommand,
    addStoreCommand,
    addServeCommand,
    addTrainCommand,
    addEvalCommand,
    addModelsCommand,
    addExportCommand,
    addCalibrateCommand,
    addConvertCommand,
    addInspectCommand,
    addDistillCommand,
    addPretrainCommand,
    addDoctorCommand,
  ])
    add(program, context)
  for (const command of withSubcommands(program)) command.exitOverride().configureHelp(HELP).configureOutput(OUTPUT)
  return { command: program, output: () => output }
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}
