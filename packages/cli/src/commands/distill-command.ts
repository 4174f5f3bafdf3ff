import { groupOptions } from '../options/group-options.ts'
import { fingerprintOf, type Backbone } from '@dinokit/core'
import {
  distill,
  distillByDino,
  DISTILL_BY_DINO_DEFAULTS,
  DISTILL_DEFAULTS,
  studentFromLayers,
  type CropTrainingOptions,
  type DistillByDinoRecipe,
  type DistillRecipe,
  type DistillResult,
  type PretrainRecipe,
  type Student,
} from '@dinokit/train'
import { Option, type Command } from 'commander'
import { loadBackbone } from 'dinokit'
import { findStudent, trainable } from '../run/find-student.ts'
import { cardFields, cardOptions, type CardOptions } from '../options/card-options.ts'
import { cacheTeacher } from '../run/cache-teacher.ts'
import { trainInFolder, type FolderTraining } from '../run/train-in-folder.ts'
import { trainingImages } from '../run/training-images.ts'
import type { CommandContext } from '../output/command-context.ts'
import { parseCount, parseLayers, parseNumber, parsePositive } from '../options/parse-options.ts'
import { flagOf, recipeBy, recipeNumbers, type RecipeNumber } from '../options/recipe-options.ts'
import { reporting } from '../output/reporting.ts'
import { assertRunOptions, runOptions, type RunOptions } from '../options/run-options.ts'
import { commandRuntime } from '../input/command-runtime.ts'

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

interface DistillCommandOptions
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

/** `dinokit distill` */
export function addDistillCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('distill')
    .alias('distil')
    .summary('Distill a large model into a small one, without labels')
    .description(
      'Distill a frozen teacher into a student, on crops of images without labels. The result is an ordinary checkpoint, which every other command takes as --model.',
    )
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
  groupOptions(recipeNumbers(command, DINO_NUMBERS, (name) => `with dino; default: ${String(DISTILL_BY_DINO_DEFAULTS[name])}`))
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit distill --teacher tiny --from-teacher-layers 2,4,6,8,10,12 --data photos/ --max-minutes 45 --out student.safetensors
  $ dinokit distill --teacher dinov2-small --student 6x128 --data photos/ --steps 2000 --out student.safetensors
  $ dinokit distill --teacher dinov2-base --student 6x192 --data photos/ --store base.store --steps 5000 --out student.safetensors
  $ dinokit distill --teacher dinov2-base --student 12x192 --loss dino --data photos/ --max-minutes 600 --out student.safetensors
  $ dinokit distill ... --out student.safetensors --resume
  $ dinokit embed photo.jpg --model student.safetensors

student.run/ holds the run: log.jsonl, the last two checkpoints, curves.png. Ctrl-C saves and ends.`,
    )
    .action(async (options: DistillCommandOptions) => {
      assertChoices(command, options)
      await reporting(context(command), options.out, () => runDistill(context(command), options))
    })
}

function assertChoices(command: Command, options: DistillCommandOptions): void {
  if (options.student === undefined && !options.fromTeacherLayers) command.error('error: give --student, or --from-teacher-layers.')
  const strange = options.loss === 'tokens' && [...DINO_NUMBERS, 'targets' as const].find((name) => options[name] !== undefined)
  if (strange) command.error(`error: ${flagOf(strange)} is a number of --loss dino.`)
  if (options.loss === 'dino' && options.store !== undefined)
    command.error('error: --store goes with --loss tokens: DINO’s crops are random.')
  assertRunOptions(command, options)
}

async function runDistill({ output, signal }: CommandContext, options: DistillCommandOptions): Promise<void> {
  const { loss, student, fromTeacherLayers, seed, teacherPrecision } = options
  const images = await trainingImages(options.data, output)
  const loading = { signal, onProgress: output.onProgress }
  const teacher = await loadBackbone(commandRuntime(), options.teacher, { ...loading, ...cardFields(options) })
  try {
    const asked = teacherPrecision === 'int8' ? trainable(teacher).quantized('int8') : teacher
    const start = fromTeacherLayers
      ? await studentFromLayers(trainable(teacher), fromTeacherLayers)
      : await findStudent(teacher.card, { student: student!, seed }, loading)
    const way = loss === 'dino' ? byDino(options) : byTokens(options, { output, signal })
    const crops = options.store === undefined ? 'random' : 'fixed'
    await trainInFolder({ output, signal }, options, {
      kind: 'distillation',
      by: 'dinokit distill',
      start,
      from: fromTeacherLayers ?? student!,
      images,
      recipe: way.recipe,
      about: { teacher: fingerprintOf(asked), loss, crops },
      described: { teacher: { model: teacher.card.id, weights: teacher.digest, precision: asked.precision }, loss, crops },
      origin: `taught by dinokit distill ${loss === 'dino' ? 'by DINO’s and iBOT’s losses, of' : 'the tokens of'} ${teacher.card.id}: ${teacher.card.origin}`,
      async train(running) {
        const { student: trained, ...end } = await way.train(asked, start, images.sources, running)
        return { ...end, trained }
      },
    })
  } finally {
    await teacher.close()
  }
}

/** A loss’s recipe, and the training by it. */
interface Way {
  readonly recipe: FolderTraining['recipe']
  train(teacher: Backbone, start: Student, sources: readonly string[], running: CropTrainingOptions<string>): Promise<DistillResult>
}

function byTokens(options: DistillCommandOptions, context: CommandContext): Way {
  const { store: location, data } = options
  const recipe = recipeBy<Required<DistillRecipe>>(DISTILL_DEFAULTS, options)
  const runtime = commandRuntime()
  return {
    recipe: recipeBy(recipe, location === undefined ? {} : { scale: [1, 1] }),
    async train(teacher, start, sources, running) {
      const { onSkipped } = running
      if (location === undefined) return distill(runtime, teacher, start, sources, { ...recipe, ...running })
      await using cache = await cacheTeacher(context, teacher, { location, size: recipe.size, data, ...(onSkipped && { onSkipped }) })
      return await distill(runtime, teacher, start, cache.sources, { ...recipe, ...running, cache })
    },
  }
}

function byDino({ size, learningRate, weightDecay, ...said }: DistillCommandOptions): Way {
  const images = (said.batch ?? DISTILL_BY_DINO_DEFAULTS.batch) * (said.accumulate ?? 1)
  const recipe = recipeBy<PretrainRecipe>(DISTILL_BY_DINO_DEFAULTS, {
    ...said,
    ...(size !== undefined && { globalSize: size }),
    // Said as it is to be; the recipe’s is for 1024 images an update.
    ...(learningRate !== undefined && { learningRate: learningRate / Math.sqrt(images / 1024) }),
    ...(weightDecay !== undefined && { weightDecay: [weightDecay, weightDecay] }),
  })
  return {
    recipe,
    train: (teacher, start, sources, running) => distillByDino(commandRuntime(), teacher, start, sources, { ...recipe, ...running }),
  }
}

function defaultsOf(ofTokens: keyof DistillRecipe, ofDino: RecipeNumber): string {
  const [tokens, dino] = [String(DISTILL_DEFAULTS[ofTokens]), String(DISTILL_BY_DINO_DEFAULTS[ofDino])]
  return tokens === dino ? `default: ${tokens}` : `tokens: ${tokens}, dino: ${dino}`
}
