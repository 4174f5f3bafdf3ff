import { DinokitError } from '@dinokit/core'
import type { Command } from 'commander'
import { inspectCheckpoint } from '../../inspect-checkpoint.ts'
import type { CommandContext } from './command-context.ts'

/** `dinokit inspect` */
export function addInspectCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('inspect')
    .summary('say what a checkpoint is')
    .description('Says what checkpoints are: variant, sizes, element types, and the card that dinokit makes of them. Reads no weights.')
    .argument('<files...>', '.pth, .safetensors or .onnx files, or folders in Hugging Face’s layout')
    .addHelpText('after', '\nExamples:\n  $ dinokit inspect dinov2_vits14_reg4_pretrain.pth\n  $ dinokit inspect model.onnx --json')
    .action(async (files: string[]) => {
      const { output } = context(command)
      for (const file of files) {
        try {
          const report = await inspectCheckpoint(file)
          output.result(file, report, `${file}\n${JSON.stringify(report, undefined, 2)}`)
        } catch (error) {
          if (!DinokitError.is(error)) throw error
          output.failure(file, error)
        }
      }
    })
}
