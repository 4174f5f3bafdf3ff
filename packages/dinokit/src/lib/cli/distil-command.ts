import { createNodeRuntime } from '@dinokit/runtime-node'
import { distil, DISTIL_DEFAULTS, studentFromLayers, type DistilRecipe } from '@dinokit/train'
import { Option, type Command } from 'commander'
import { loadBackbone } from '../../load-backbone.ts'
import { findStudent, trainable } from '../runs/find-student.ts'
import { trainInFolder } from '../runs/train-in-folder.ts'
import { trainingPictures } from '../runs/training-pictures.ts'
import type { CommandContext } from './command-context.ts'
import { parseCount, parseLayers, parseNumber } from './parse-options.ts'
import { reporting } from './reporting.ts'
import { assertRunOptions, runOptions, type RunOptions } from './run-options.ts'

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

function assertChoices(command: Command, options: DistilCommandOptions): void {
  if (options.student === undefined && !options.fromTeacherLayers) command.error('error: give --student, or --from-teacher-layers.')
  assertRunOptions(command, options)
}

async function runDistil({ output, signal }: CommandContext, options: DistilCommandOptions): Promise<void> {
  const { student, fromTeacherLayers, size, batch, learningRate, weightDecay, clip, seed } = options
  const pictures = await trainingPictures(options.data)
  const loading = { signal, onProgress: output.onProgress }
  const teacher = await loadBackbone(createNodeRuntime(), options.teacher, loading)
  try {
    const start = fromTeacherLayers
      ? await studentFromLayers(trainable(teacher), fromTeacherLayers)
      : await findStudent(teacher.card, { student: student!, seed }, loading)
    const recipe: Required<DistilRecipe> = { ...DISTIL_DEFAULTS, size, batch, learningRate, weightDecay, clip, seed }
    await trainInFolder({ output, signal }, options, {
      kind: 'distillation',
      by: 'dinokit distil',
      start,
      from: fromTeacherLayers ?? student!,
      pictures,
      recipe,
      about: { teacher: teacher.digest },
      described: { teacher: { model: teacher.card.id, weights: teacher.digest } },
      origin: `taught by dinokit distil the tokens of ${teacher.card.id}: ${teacher.card.origin}`,
      async train(running) {
        const options = { ...recipe, ...running }
        const { student: trained, ...end } = await distil(createNodeRuntime(), teacher, start, pictures.sources, options)
        return { ...end, trained }
      },
    })
  } finally {
    await teacher.close()
  }
}
