import type { Command } from 'commander'
import { assertDistillOptions, distillOptions, type DistillOptions } from '../options/distill-options.ts'
import type { CommandContext } from '../output/command-context.ts'
import { reporting } from '../output/reporting.ts'
import { runDistill } from '../run/run-distill.ts'

/** `dinokit distill` */
export function addDistillCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('distill')
    .alias('distil')
    .summary('Distill a large model into a small one, without labels')
    .description(
      'Distill a frozen teacher into a student, on crops of images without labels. The result is an ordinary checkpoint, which every other command takes as --model.',
    )
  distillOptions(command)
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
    .action(async (options: DistillOptions) => {
      assertDistillOptions(command, options)
      await reporting(context(command), options.out, () => runDistill(context(command), options))
    })
}
