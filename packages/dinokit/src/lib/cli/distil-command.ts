import { safetensorsChunks } from '@dinokit/checkpoint'
import { DinokitError, type Backbone } from '@dinokit/core'
import { createNodeRuntime, writeFileWhole } from '@dinokit/runtime-node'
import { distil, DISTIL_DEFAULTS, type DistilRecipe, type Student } from '@dinokit/train'
import { CARD_KEY } from '@dinokit/vit'
import { Option, type Command } from 'commander'
import { createHash } from 'node:crypto'
import { basename, extname } from 'node:path'
import { loadBackbone } from '../../load-backbone.ts'
import { findStudent } from '../runs/find-student.ts'
import { explainDivergence, finishedCard, keepRun } from '../runs/keep-run.ts'
import { openRunFolder } from '../runs/run-folder.ts'
import type { CommandContext } from './command-context.ts'
import { expandInputs, type Input } from './expand-inputs.ts'
import { parseCount, parseLayers, parseNumber } from './parse-options.ts'
import { reporting } from './reporting.ts'
import { runOptions, type RunOptions } from './run-options.ts'

interface DistilCommandOptions
  extends RunOptions, Required<Pick<DistilRecipe, 'size' | 'batch' | 'learningRate' | 'weightDecay' | 'clip'>> {
  readonly teacher: string
  readonly student?: string
  readonly fromTeacherLayers?: number[]
}

/** `dinokit distil` */
export function addDistilCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('distil')
    .summary('teach a small model the tokens of a large one')
    .description(
      'Teaches a student the tokens of a frozen teacher, on random crops of pictures without labels. The result is an ordinary checkpoint, which every other command takes as --model.',
    )
    .requiredOption('--teacher <model>', 'id, hub repository, .pth, .safetensors or .onnx file, or folder')
    .option('--student <model>', 'BLOCKSxWIDTH such as 6x128 or a card (.json) to begin from nothing; else a model as for --teacher')
    .addOption(
      new Option('--from-teacher-layers <list>', 'begin with these layers of the teacher, such as 2,4,6,8,10,12')
        .argParser(parseLayers)
        .conflicts('student'),
    )
  runOptions(command)
    .addOption(new Option('--size <pixels>', 'side of the crops').argParser(parseCount).default(DISTIL_DEFAULTS.size))
    .addOption(new Option('--batch <n>', 'pictures of one step').argParser(parseCount).default(DISTIL_DEFAULTS.batch))
    .addOption(new Option('--learning-rate <n>', 'at the end of the warm-up').argParser(parseNumber).default(DISTIL_DEFAULTS.learningRate))
    .addOption(new Option('--weight-decay <n>', 'of AdamW').argParser(Number).default(DISTIL_DEFAULTS.weightDecay))
    .addOption(new Option('--clip <norm>', 'largest norm of the gradients').argParser(parseNumber).default(DISTIL_DEFAULTS.clip))
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit distil --teacher tiny --from-teacher-layers 2,4,6,8,10,12 --data photos/ --minutes 45 --out student.safetensors
  $ dinokit distil --teacher dinov2-small --student 6x128 --data photos/ --steps 2000 --out student.safetensors
  $ dinokit distil ... --out student.safetensors --resume
  $ dinokit embed photo.jpg --model student.safetensors

The run keeps itself in student.run/: log.jsonl, the last two checkpoints, curves.png. Ctrl-C saves and ends.`,
    )
    .action(async (options: DistilCommandOptions) => {
      assertChoices(command, options)
      await reporting(context(command), options.out, () => runDistil(context(command), options))
    })
}

function assertChoices(
  command: Command,
  { student, fromTeacherLayers, steps, minutes, out, knnTrain, knnTest }: DistilCommandOptions,
): void {
  if (student === undefined && !fromTeacherLayers) command.error('error: give --student, or --from-teacher-layers.')
  if (steps === undefined && minutes === undefined) command.error('error: give --steps or --minutes.')
  if (extname(out) !== '.safetensors') command.error(`error: --out ${out} must end with .safetensors.`)
  if ((knnTrain === undefined) !== (knnTest === undefined)) command.error('error: --knn-train and --knn-test go together.')
}

async function runDistil({ output, signal }: CommandContext, options: DistilCommandOptions): Promise<void> {
  const pictures = await picturesOf(options.data)
  const loading = { signal, onProgress: output.onProgress }
  const teacher = await loadBackbone(createNodeRuntime(), options.teacher, loading)
  try {
    await train({ output, signal }, options, pictures, teacher, await findStudent(teacher, options, loading))
  } finally {
    await teacher.close()
  }
}

async function train(
  { output, signal }: CommandContext,
  options: DistilCommandOptions,
  pictures: readonly Input[],
  teacher: Backbone,
  student: Student,
): Promise<void> {
  const { out, steps, minutes, size, batch, learningRate, weightDecay, clip, seed, knnTrain, knnTest } = options
  const end = { ...(steps !== undefined && { steps }), ...(minutes !== undefined && { minutes }) }
  const recipe: Required<DistilRecipe> = { ...DISTIL_DEFAULTS, size, batch, learningRate, weightDecay, clip, seed }
  const about = {
    kind: 'distillation',
    teacher: teacher.digest,
    student: { ...student.card.architecture, from: options.fromTeacherLayers ?? options.student },
    pictures: { count: pictures.length, names: digestOf(pictures) },
    ...recipe,
    ...end,
  }
  const id = basename(out, extname(out))
  const folder = await openRunFolder(options.run ?? `${out.slice(0, -extname(out).length)}.run`, about, options.resume)
  const knn = knnTrain !== undefined && knnTest !== undefined && { train: knnTrain, test: knnTest }
  const keeper = await keepRun({ output, folder, card: { ...student.card, id }, batch, ...end, ...(knn && { knn }) })
  try {
    const result = await distil(
      createNodeRuntime(),
      teacher,
      student,
      pictures.map(({ source }) => source),
      {
        ...recipe,
        ...end,
        ...(folder.point && { from: folder.point }),
        saveMinutes: options.saveMinutes,
        evaluateMinutes: options.knnMinutes,
        signal,
        onStep: keeper.onStep,
        onSkipped: keeper.onSkipped,
        save: keeper.save,
        evaluate: ({ tensors }, step) => keeper.evaluate(tensors, step),
      },
    )
    if (result.interrupted) throw new DinokitError('aborted', `Interrupted at step ${result.steps}; --resume goes on there.`)
    const training = {
      by: 'dinokit distil',
      teacher: { model: teacher.card.id, weights: teacher.digest },
      data: { named: options.data.map((name) => basename(name)), ...about.pictures },
      student: about.student,
      recipe,
      ...end,
      metrics: keeper.metrics(),
      command: `dinokit ${process.argv.slice(2).join(' ')}`,
    }
    const card = finishedCard(
      result.student,
      id,
      `taught by dinokit distil the tokens of ${teacher.card.id}: ${teacher.card.origin}`,
      training,
    )
    await writeFileWhole(out, safetensorsChunks(result.student.tensors, { [CARD_KEY]: JSON.stringify(card) }))
    output.result(
      out,
      { ...keeper.metrics(), run: folder.path },
      `${out}: ${result.steps} steps in ${(result.seconds / 60).toFixed(1)} minutes`,
    )
  } catch (error) {
    throw explainDivergence(error, folder)
  } finally {
    await keeper.dispose()
  }
}

async function picturesOf(named: readonly string[]): Promise<Input[]> {
  const found = await expandInputs(named, true)
  if (found.length > 0) return found
  throw new DinokitError('file-not-found', `There are no pictures in ${named.join(', ')}.`, {
    given: named.join(', '),
    expected: 'JPEG, PNG, WebP, AVIF, GIF or TIFF files',
  })
}

/** Of the names below the folders: where these change, a run can't go on as it was begun. */
function digestOf(pictures: readonly Input[]): string {
  return createHash('sha256')
    .update(pictures.map(({ relative }) => relative).join('\n'))
    .digest('hex')
    .slice(0, 16)
}
