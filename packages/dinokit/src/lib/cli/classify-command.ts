import { classification, CLASSIFY_DEFAULTS } from '@dinokit/head-classification'
import { Option, type Command } from 'commander'
import type { CommandContext } from './command-context.ts'
import { createAnswerWriter, headOptions, type HeadCommandOptions } from './head-options.ts'
import { assertOneFile } from './out-paths.ts'
import { parseCount } from './parse-options.ts'
import { openOptions } from './picture-options.ts'
import { runHead } from './run-pictures.ts'

/** `dinokit classify` */
export function addClassifyCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('classify')
    .summary('say what is in pictures')
    .description('Says what is in pictures: of the 1,000 classes of ImageNet, or of those that a head of your own knows.')
    .argument('<images...>', 'files, folders, globs or addresses')
  headOptions(command, 'imagenet-linear or imagenet-linear4, with a DINOv2 model')
    .addOption(new Option('--top <n>', 'how many classes').argParser(parseCount).default(CLASSIFY_DEFAULTS.top))
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit classify photo.jpg
  $ dinokit classify "photos/*.jpg" --top 1 --json
  $ dinokit classify photo.jpg --model dinov2-small --head imagenet-linear
  $ dinokit classify photo.jpg --head my-head.safetensors --out logits.safetensors`,
    )
    .action(async (images: string[], options: HeadCommandOptions & { readonly top: number }) => {
      const { head, size, out, recursive, top } = options
      await assertOneFile(command, out, images, recursive)
      const { output } = context(command)
      const write = createAnswerWriter(out)
      await runHead(context(command), {
        named: images,
        recursive,
        open: openOptions(options),
        head: classification({ ...(head !== undefined && { weights: head }) }),
        options: { top, ...(size !== undefined && { size }) },
        async answer(input, { classes, logits }) {
          const path = await write(input, { tensors: { logits }, metadata: { task: 'classification' } })
          const lines = classes.map(({ name, probability }) => `  ${`${(probability * 100).toFixed(1)} %`.padStart(7)}  ${name}`)
          const summary = classes.map(({ id, ...of }) => ({ ...of, ...(id !== undefined && { wnid: id }) }))
          output.result(input.source, summary, [path === undefined ? input.source : `${input.source} -> ${path}`, ...lines].join('\n'))
        },
      })
    })
}
