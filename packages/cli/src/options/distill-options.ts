import { DISTILL_BY_DINO_DEFAULTS, DISTILL_DEFAULTS, type DistillByDinoRecipe, type DistillRecipe } from '@dinokit/train'
import { Option, type Command } from 'commander'
import { cardOptions, type CardOptions } from './card-options.ts'
import { groupOptions } from './group-options.ts'
import { parseCount, parseLayers, parseNumber, parsePositive } from './parse-options.ts'
import { flagOf, recipeNumbers, type RecipeNumber } from './recipe-options.ts'
import { assertRunOptions, runOptions, type RunOptions } from './run-options.ts'

/** Numbers of `--loss dino` alone. */
const DINO_NUMBERS = [
  'localSize',
  'locals',
  'localScale',
  'momentum',
  'teacherTemperature',
  'temperatureWarmUp',
  'studentTemperature',
  'frozenLastLayer',
  'dino',
  'ibot',
  'koleo',
  'prototypes',
  'hidden',
  'bottleneck',
] as const satisfies RecipeNumber[]

/** Options of `dinokit distill`. */
export interface DistillOptions
  extends
    RunOptions,
    CardOptions,
    Partial<Pick<DistillRecipe, 'size' | 'batch' | 'accumulate' | 'learningRate' | 'weightDecay' | 'clip'>>,
    Partial<Pick<DistillByDinoRecipe, (typeof DINO_NUMBERS)[number] | 'targets'>> {
  readonly loss: 'tokens' | 'dino'
  readonly store?: string
  readonly teacher: string
  readonly teacherPrecision: 'float32' | 'int8'
  readonly student?: string
  readonly fromTeacherLayers?: number[]
}

/** Adds the options of `dinokit distill`. */
export function distillOptions(command: Command): Command {
  command
    .requiredOption('--teacher <model>', 'model id, hub repository, .pth, .safetensors or .onnx file, or folder')
    .addOption(
      new Option('--teacher-precision <kind>', 'int8 keeps the teacher’s matrices in 8 bits, for teachers that do not fit into memory')
        .choices(['float32', 'int8'])
        .default('float32'),
    )
    .option(
      '--student <model>',
      'BLOCKSxWIDTH such as 6x128, or a model card (.json), to start from random weights; else a model as for --teacher',
    )
    .addOption(
      new Option('--from-teacher-layers <list>', 'start from these layers of the teacher, such as 2,4,6,8,10,12')
        .argParser(parseLayers)
        .conflicts('student'),
    )
  runOptions(command)
    .addOption(
      new Option(
        '--loss <kind>',
        'tokens: match the teacher’s CLS and patch tokens (cosine and smooth L1); dino: the paper’s distillation (DINO, iBOT without masks, KoLeo), which writes the student’s moving average',
      )
        .choices(['tokens', 'dino'])
        .default('tokens'),
    )
    .option(
      '--store <dir>',
      'cache the teacher’s tokens of each image’s center crop in this store: fixed crops instead of random ones, for --loss tokens',
    )
    .addOption(new Option('--size <pixels>', `side of the (global) crops (${defaultsOf('size', 'globalSize')})`).argParser(parseCount))
    .addOption(new Option('--batch <n>', `batch size (${defaultsOf('batch', 'batch')})`).argParser(parseCount))
    .addOption(
      new Option(
        '--accumulate <n>',
        'gradient accumulation steps (default: 1); with dino, Sinkhorn-Knopp and KoLeo are computed per batch',
      ).argParser(parseCount),
    )
    .addOption(
      new Option(
        '--learning-rate <n>',
        `peak learning rate (tokens: ${DISTILL_DEFAULTS.learningRate}, dino: ${DISTILL_BY_DINO_DEFAULTS.learningRate} by the root of batch * accumulate / 1024)`,
      ).argParser(parseNumber),
    )
    .addOption(
      new Option('--weight-decay <n>', `weight decay of AdamW (${defaultsOf('weightDecay', 'weightDecay')})`).argParser(parsePositive),
    )
    .addOption(new Option('--clip <norm>', `gradient clipping norm (${defaultsOf('clip', 'clip')})`).argParser(parseNumber))
  cardOptions(command, 'the teacher')
  return groupOptions(recipeNumbers(command, DINO_NUMBERS, (name) => `with dino; default: ${String(DISTILL_BY_DINO_DEFAULTS[name])}`))
}

/** Ends with the usage error of options that do not go together. */
export function assertDistillOptions(command: Command, options: DistillOptions): void {
  if (options.student === undefined && !options.fromTeacherLayers) command.error('error: give --student, or --from-teacher-layers.')
  const strange = options.loss === 'tokens' && [...DINO_NUMBERS, 'targets' as const].find((name) => options[name] !== undefined)
  if (strange) command.error(`error: ${flagOf(strange)} is a number of --loss dino.`)
  if (options.loss === 'dino' && options.store !== undefined)
    command.error('error: --store goes with --loss tokens: DINO’s crops are random.')
  assertRunOptions(command, options)
}

function defaultsOf(ofTokens: keyof DistillRecipe, ofDino: RecipeNumber): string {
  const [tokens, dino] = [String(DISTILL_DEFAULTS[ofTokens]), String(DISTILL_BY_DINO_DEFAULTS[ofDino])]
  return tokens === dino ? `default: ${tokens}` : `tokens: ${tokens}, dino: ${dino}`
}
