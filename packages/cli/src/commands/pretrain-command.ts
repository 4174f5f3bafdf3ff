import { groupOptions } from '../options/group-options.ts'
import { findModelCard } from '@dinokit/core'
import { pretrain, type PretrainRecipe } from '@dinokit/train'
import type { Command } from 'commander'
import { cardFields, cardOptions, type CardOptions } from '../options/card-options.ts'
import { findStudent, isFromNothing } from '../run/find-student.ts'
import { trainInFolder } from '../run/train-in-folder.ts'
import { trainingImages } from '../run/training-images.ts'
import type { CommandContext } from '../output/command-context.ts'
import { recipeOf, recipeOptions, type PRESETS } from '../options/recipe-options.ts'
import { reporting } from '../output/reporting.ts'
import { assertRunOptions, runOptions, type RunOptions } from '../options/run-options.ts'
import { commandRuntime } from '../input/command-runtime.ts'

interface PretrainCommandOptions extends CardOptions, RunOptions, Partial<Omit<PretrainRecipe, 'seed'>> {
  readonly student: string
  readonly preset: keyof typeof PRESETS
}

/** `dinokit pretrain` */
export function addPretrainCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('pretrain')
    .summary('Train a model without labels, by DINOv2’s recipe')
    .description(
      'Train a model without labels by DINOv2’s recipe: DINO, iBOT and KoLeo losses, global and local crops, and a teacher that is the student’s moving average. The teacher is written: an ordinary checkpoint, which every other command takes as --model.',
    )
    .requiredOption(
      '--student <model>',
      'BLOCKSxWIDTH such as 6x192, or a model card (.json), to start from random weights; else an id, hub repository, checkpoint or folder',
    )
  groupOptions(recipeOptions(runOptions(cardOptions(command, 'the student'))))
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit pretrain --student 6x192 --preset laptop --data photos/ --max-minutes 60 --out mine.safetensors
  $ dinokit pretrain --student 6x192 --preset laptop --data photos/ --max-minutes 60 --out mine.safetensors --resume
  $ dinokit pretrain --student tiny --preset laptop --learning-rate 1e-3 --data photos/ --steps 500 --out tuned.safetensors
  $ dinokit embed photo.jpg --model mine.safetensors

mine.run/ holds the run: log.jsonl, the last two checkpoints, curves.png. Ctrl-C saves and ends.
Watch for collapse: the teacher’s spread goes to 0, or the entropy of its answers to 0 or to the logarithm of the prototypes.`,
    )
    .action(async (options: PretrainCommandOptions) => {
      assertRunOptions(command, options)
      await reporting(context(command), options.out, () => runPretrain(context(command), options))
    })
}

async function runPretrain({ output, signal }: CommandContext, options: PretrainCommandOptions): Promise<void> {
  commandRuntime(options)
  const images = await trainingImages(options.data, output)
  const start = await findStudent(findModelCard('tiny'), options, { ...cardFields(options), signal, onProgress: output.onProgress })
  const recipe = recipeOf(options)
  await trainInFolder({ output, signal }, options, {
    kind: 'pretraining',
    by: 'dinokit pretrain',
    start,
    from: options.student,
    images,
    recipe,
    origin: `trained without labels by dinokit pretrain${isFromNothing(options.student) ? '' : `, from ${start.card.origin}`}`,
    async train(running) {
      const { teacher, ...end } = await pretrain(commandRuntime(), start, images.sources, { ...recipe, ...running })
      return { ...end, trained: teacher }
    },
  })
}
