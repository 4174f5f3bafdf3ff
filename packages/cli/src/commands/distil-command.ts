import type { Backbone } from '@dinokit/core'
import { createNodeRuntime } from '@dinokit/runtime-node'
import {
  distil,
  distilByDino,
  DISTIL_BY_DINO_DEFAULTS,
  DISTIL_DEFAULTS,
  studentFromLayers,
  type CropTrainingOptions,
  type DistilByDinoRecipe,
  type DistilRecipe,
  type DistilResult,
  type PretrainRecipe,
  type Student,
} from '@dinokit/train'
import { Option, type Command } from 'commander'
import { loadBackbone } from 'dinokit'
import { findStudent, trainable } from '../run/find-student.ts'
import { rememberTeacher } from '../run/remember-teacher.ts'
import { trainInFolder, type FolderTraining } from '../run/train-in-folder.ts'
import { trainingPictures } from '../run/training-pictures.ts'
import type { CommandContext } from '../output/command-context.ts'
import { parseCount, parseLayers, parseNumber, parsePositive } from '../options/parse-options.ts'
import { flagOf, recipeBy, recipeNumbers, type RecipeNumber } from '../options/recipe-options.ts'
import { reporting } from '../output/reporting.ts'
import { assertRunOptions, runOptions, type RunOptions } from '../options/run-options.ts'

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

interface DistilCommandOptions
  extends
    RunOptions,
    Partial<Pick<DistilRecipe, 'size' | 'batch' | 'accumulate' | 'learningRate' | 'weightDecay' | 'clip'>>,
    Partial<Pick<DistilByDinoRecipe, (typeof DINO_NUMBERS)[number] | 'targets'>> {
  readonly loss: 'tokens' | 'dino'
  readonly store?: string
  readonly teacher: string
  readonly teacherPrecision: 'float32' | 'int8'
  readonly student?: string
  readonly fromTeacherLayers?: number[]
}

/** `dinokit distil` */
export function addDistilCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('distil')
    .summary('teach a small model the tokens of a large one')
    .description(
      'Teaches a student the tokens of a frozen teacher, on crops of pictures without labels. The result is an ordinary checkpoint, which every other command takes as --model.',
    )
    .requiredOption('--teacher <model>', 'id, hub repository, .pth, .safetensors or .onnx file, or folder')
    .addOption(
      new Option(
        '--teacher-precision <kind>',
        'int8: the teacher’s matrices in 8 bits, for one that is too large for this machine’s memory',
      )
        .choices(['float32', 'int8'])
        .default('float32'),
    )
    .option('--student <model>', 'BLOCKSxWIDTH such as 6x128 or a card (.json) to begin from nothing; else a model as for --teacher')
    .addOption(
      new Option('--from-teacher-layers <list>', 'begin with these layers of the teacher, such as 2,4,6,8,10,12')
        .argParser(parseLayers)
        .conflicts('student'),
    )
  runOptions(command)
    .addOption(
      new Option(
        '--loss <kind>',
        'tokens: the teacher’s class token and patches, by cosine and smooth L1; dino: the paper’s own, by DINO, iBOT without masks and KoLeo; the student’s moving average is kept',
      )
        .choices(['tokens', 'dino'])
        .default('tokens'),
    )
    .option(
      '--store <dir>',
      'let the teacher look at each picture’s centre once, and keep its tokens there: fixed crops in place of random ones, for --loss tokens',
    )
    .addOption(new Option('--size <pixels>', `side of the (global) crops (${defaultsOf('size', 'globalSize')})`).argParser(parseCount))
    .addOption(new Option('--batch <n>', `pictures of one batch (${defaultsOf('batch', 'batch')})`).argParser(parseCount))
    .addOption(
      new Option(
        '--accumulate <n>',
        'batches of one update: as one batch of all their pictures, in the memory of one (default: 1); with dino, Sinkhorn-Knopp and KoLeo stay of each batch',
      ).argParser(parseCount),
    )
    .addOption(
      new Option(
        '--learning-rate <n>',
        `at the end of the warm-up (tokens: ${DISTIL_DEFAULTS.learningRate}, dino: ${DISTIL_BY_DINO_DEFAULTS.learningRate} by the root of batch * accumulate / 1024)`,
      ).argParser(parseNumber),
    )
    .addOption(new Option('--weight-decay <n>', `of AdamW (${defaultsOf('weightDecay', 'weightDecay')})`).argParser(parsePositive))
    .addOption(new Option('--clip <norm>', `largest norm of the gradients (${defaultsOf('clip', 'clip')})`).argParser(parseNumber))
  recipeNumbers(command, DINO_NUMBERS, (name) => `with dino; default: ${String(DISTIL_BY_DINO_DEFAULTS[name])}`)
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit distil --teacher tiny --from-teacher-layers 2,4,6,8,10,12 --data photos/ --minutes 45 --out student.safetensors
  $ dinokit distil --teacher dinov2-small --student 6x128 --data photos/ --steps 2000 --out student.safetensors
  $ dinokit distil --teacher dinov2-base --student 6x192 --data photos/ --store base.store --steps 5000 --out student.safetensors
  $ dinokit distil --teacher dinov2-base --student 12x192 --loss dino --data photos/ --minutes 600 --out student.safetensors
  $ dinokit distil ... --out student.safetensors --resume
  $ dinokit embed photo.jpg --model student.safetensors

The run keeps itself in student.run/: log.jsonl, the last two checkpoints, curves.png. Ctrl-C saves and ends.`,
    )
    .action(async (options: DistilCommandOptions) => {
      assertChoices(command, options)
      await reporting(context(command), options.out, () => runDistil(context(command), options))
    })
}

function assertChoices(command: Command, options: DistilCommandOptions): void {
  if (options.student === undefined && !options.fromTeacherLayers) command.error('error: give --student, or --from-teacher-layers.')
  const strange = options.loss === 'tokens' && [...DINO_NUMBERS, 'targets' as const].find((name) => options[name] !== undefined)
  if (strange) command.error(`error: ${flagOf(strange)} is a number of --loss dino.`)
  if (options.loss === 'dino' && options.store !== undefined)
    command.error('error: --store goes with --loss tokens: DINO’s crops are random.')
  assertRunOptions(command, options)
}

async function runDistil({ output, signal }: CommandContext, options: DistilCommandOptions): Promise<void> {
  const { loss, student, fromTeacherLayers, seed, teacherPrecision } = options
  const pictures = await trainingPictures(options.data, output)
  const loading = { signal, onProgress: output.onProgress }
  const teacher = await loadBackbone(createNodeRuntime(), options.teacher, loading)
  try {
    const asked = teacherPrecision === 'int8' ? trainable(teacher).inEightBits() : teacher
    const start = fromTeacherLayers
      ? await studentFromLayers(trainable(teacher), fromTeacherLayers)
      : await findStudent(teacher.card, { student: student!, seed }, loading)
    const way = loss === 'dino' ? byDino(options) : byTokens(options, { output, signal })
    const crops = options.store === undefined ? 'random' : 'fixed'
    await trainInFolder({ output, signal }, options, {
      kind: 'distillation',
      by: 'dinokit distil',
      start,
      from: fromTeacherLayers ?? student!,
      pictures,
      recipe: way.recipe,
      about: { teacher: teacher.digest, precision: asked.precision, loss, crops },
      described: { teacher: { model: teacher.card.id, weights: teacher.digest, precision: asked.precision }, loss, crops },
      origin: `taught by dinokit distil ${loss === 'dino' ? 'by DINO’s and iBOT’s losses, of' : 'the tokens of'} ${teacher.card.id}: ${teacher.card.origin}`,
      async train(running) {
        const { student: trained, ...end } = await way.train(asked, start, pictures.sources, running)
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
  train(teacher: Backbone, start: Student, sources: readonly string[], running: CropTrainingOptions<string>): Promise<DistilResult>
}

function byTokens(options: DistilCommandOptions, context: CommandContext): Way {
  const { store: location, data } = options
  const recipe = recipeBy<Required<DistilRecipe>>(DISTIL_DEFAULTS, options)
  const runtime = createNodeRuntime()
  return {
    recipe: recipeBy(recipe, location === undefined ? {} : { scale: [1, 1] }),
    async train(teacher, start, sources, running) {
      const { onSkipped } = running
      if (location === undefined) return distil(runtime, teacher, start, sources, { ...recipe, ...running })
      await using memory = await rememberTeacher(context, teacher, { location, size: recipe.size, data, ...(onSkipped && { onSkipped }) })
      return await distil(runtime, teacher, start, memory.sources, { ...recipe, ...running, memory })
    },
  }
}

function byDino({ size, learningRate, weightDecay, ...said }: DistilCommandOptions): Way {
  const pictures = (said.batch ?? DISTIL_BY_DINO_DEFAULTS.batch) * (said.accumulate ?? 1)
  const recipe = recipeBy<PretrainRecipe>(DISTIL_BY_DINO_DEFAULTS, {
    ...said,
    ...(size !== undefined && { globalSize: size }),
    // Said as it is to be; the recipe’s is for 1024 pictures an update.
    ...(learningRate !== undefined && { learningRate: learningRate / Math.sqrt(pictures / 1024) }),
    ...(weightDecay !== undefined && { weightDecay: [weightDecay, weightDecay] }),
  })
  return {
    recipe,
    train: (teacher, start, sources, running) => distilByDino(createNodeRuntime(), teacher, start, sources, { ...recipe, ...running }),
  }
}

function defaultsOf(ofTokens: keyof DistilRecipe, ofDino: RecipeNumber): string {
  const [tokens, dino] = [String(DISTIL_DEFAULTS[ofTokens]), String(DISTIL_BY_DINO_DEFAULTS[ofDino])]
  return tokens === dino ? `default: ${tokens}` : `tokens: ${tokens}, dino: ${dino}`
}
