import {
  DENOISE_DEFAULTS,
  DISTILL_BY_DINO_DEFAULTS,
  DISTILL_DEFAULTS,
  type DenoiseRecipe,
  type DistillByDinoRecipe,
  type DistillRecipe,
} from '@dinokit/train'
import { Option, type Command } from 'commander'
import { cardOptions, type CardOptions } from './card-options.ts'
import { DENOISE_NUMBERS, groupOptions } from './group-options.ts'
import { parseCount, parseLayers, parseNumber, parsePositive, parseShare, parseWhole } from './parse-options.ts'
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
    Partial<Pick<DistillByDinoRecipe, (typeof DINO_NUMBERS)[number] | 'targets'>>,
    Partial<Pick<DenoiseRecipe, (typeof DENOISE_NUMBERS)[number]>> {
  readonly loss: 'tokens' | 'dino'
  readonly store?: string
  readonly teacher: string
  readonly teacherPrecision: 'float32' | 'int8'
  readonly student?: string
  readonly fromTeacherLayers?: number[]
  readonly studentFromTeacher?: boolean
  readonly registers?: number
  readonly denoise?: boolean
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
    .addOption(
      new Option('--student-from-teacher', 'start as the teacher itself, with all its layers').conflicts(['student', 'fromTeacherLayers']),
    )
    .addOption(new Option('--registers <n>', 'registers that the student is to have; new ones start at random').argParser(parseWhole))
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
      '--denoise',
      'with tokens: match patches that the teacher gives on average over many windows, free of what hangs on the place in the frame',
    )
    .option(
      '--store <dir>',
      'with --denoise, keep the averaged patches in this store (default: --out with the ending .targets); else cache the teacher’s tokens of each image’s center crop in this store: fixed crops instead of random ones, for --loss tokens',
    )
    .addOption(
      new Option(
        '--size <pixels>',
        `side of the (global) crops (${defaultsOf('size', 'globalSize')}, --denoise: ${DENOISE_DEFAULTS.size}, of the whole image)`,
      ).argParser(parseCount),
    )
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
  denoiseNumbers(command)
  return groupOptions(recipeNumbers(command, DINO_NUMBERS, (name) => `with dino; default: ${String(DISTILL_BY_DINO_DEFAULTS[name])}`))
}

function denoiseNumbers(command: Command): void {
  const { windows, targetWindow, targetWindows, targetPadding } = DENOISE_DEFAULTS
  const number = (flags: string, description: string, parse: (text: string) => unknown): void =>
    void command.addOption(new Option(flags, description).argParser<unknown>(parse))
  number('--windows <list>', `sides of the windows that the student learns on, in turn (default: ${windows.join()})`, parseSides)
  number('--target-window <pixels>', `side of the windows that are averaged (default: ${targetWindow})`, parseCount)
  number('--target-windows <n>', `windows that are averaged, each looked at twice, once mirrored (default: ${targetWindows})`, parseCount)
  number('--target-padding <n>', `patches by which images are continued on every side (default: ${targetPadding})`, parseWhole)
  number('--patch-dropout <share>', 'share of the patches that the student does not see (default: 0)', parseShare)
  number('--corner-masking <share>', 'share of the steps in which nothing may look at the corners (default: 0)', parseUpToOne)
  number('--attention <weight>', 'weight of matching the class token’s attention, averaged over windows (default: 0)', parsePositive)
  number('--registers-first <n>', 'steps at first in which the registers alone are trained (default: 0)', parseWhole)
  number('--class-layers <list>', 'layers whose class tokens are matched, such as 9,10,11,12 (default: the last)', parseLayers)
}

/** `224,308`. */
function parseSides(text: string): number[] {
  return text.split(',').map((part) => parseCount(part.trim()))
}

/** A number above 0, and 1 at most. */
function parseUpToOne(text: string): number {
  return text === '1' ? 1 : parseShare(text)
}

/** Ends with the usage error of options that do not go together. */
export function assertDistillOptions(command: Command, options: DistillOptions): void {
  if (options.student === undefined && !options.fromTeacherLayers && !options.studentFromTeacher)
    command.error('error: give --student, --from-teacher-layers or --student-from-teacher.')
  const ofDenoising = !options.denoise && DENOISE_NUMBERS.find((name) => options[name] !== undefined)
  if (ofDenoising) command.error(`error: ${flagOf(ofDenoising)} is a number of --denoise.`)
  if (options.denoise && options.loss !== 'tokens') command.error('error: --denoise goes with --loss tokens.')
  if (options.denoise && options.student !== undefined)
    command.error('error: --denoise needs a student of the teacher: give --student-from-teacher or --from-teacher-layers.')
  if (options.registersFirst !== undefined && !options.registers)
    command.error('error: --registers-first needs registers to train: give --registers.')
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
