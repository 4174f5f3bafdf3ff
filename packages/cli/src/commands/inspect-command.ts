import { DinokitError } from '@dinokit/core'
import type { Command } from 'commander'
import type { CommandContext } from '../output/command-context.ts'
import { cardFields, cardOptions, type CardOptions } from '../options/card-options.ts'
import { inspectPath } from '../input/inspect-path.ts'

/** `dinokit inspect` */
export function addInspectCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('inspect')
    .summary('Describe a checkpoint, head, store or Parquet file')
    .description(
      'Describe files and folders: checkpoints with their model card, heads, stores, exported stores, token files. Reads no weights.',
    )
    .argument('<files...>', '.pth, .safetensors, .onnx or .parquet files, stores, or folders in Hugging Face’s layout')
  cardOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  $ dinokit inspect dinov2_vits14_reg4_pretrain.pth\n  $ dinokit inspect my-head.safetensors photos.store photos.parquet\n  $ dinokit inspect model.onnx --json',
    )
    .action(async (files: string[], options: CardOptions) => {
      const { output } = context(command)
      for (const file of files) {
        try {
          const { report, text } = await inspectPath(file, cardFields(options))
          output.result(file, report, text)
        } catch (error) {
          if (!DinokitError.is(error)) throw error
          output.failure(file, error)
        }
      }
    })
}
