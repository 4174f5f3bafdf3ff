import { writeSafetensors } from '@dinokit/checkpoint'
import { classification, CLASSIFY_DEFAULTS } from '@dinokit/head-classification'
import { Option, type Command } from 'commander'
import type { CommandContext } from '../../output/command-context.ts'
import { headOptions, type HeadCommandOptions } from '../../options/heads/head-options.ts'
import { parseCount } from '../../options/parse-options.ts'
import { answerByHead } from '../../run/answer-by-head.ts'

const FORMATS = ['safetensors', 'png'] as const

/** `dinokit classify` */
export function addClassifyCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('classify')
    .summary('Classify images')
    .description('Classify images: the 1,000 classes of ImageNet, or the classes of your own head.')
    .argument('<images...>', 'files, folders, glob patterns or addresses')
  headOptions(command, 'imagenet-linear or imagenet-linear4, with a DINOv2 model', FORMATS)
    .addOption(new Option('--top <n>', 'number of classes to print').argParser(parseCount).default(CLASSIFY_DEFAULTS.top))
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit classify photo.jpg
  $ dinokit classify "photos/*.jpg" --top 1 --json
  $ dinokit classify photo.jpg --model dinov2-small --head imagenet-linear
  $ dinokit classify photo.jpg --head my-head.safetensors --out logits.safetensors
  $ dinokit classify photo.jpg --out answer.png

What is written, by the ending of --out or by --format:
  .png          the image with its classes beneath it; --overlay puts them into its corner
  .safetensors  logits [classes]`,
    )
    .action(async (images: string[], options: HeadCommandOptions & { readonly top: number }) => {
      const { head, size, top, overlay } = options
      const { output } = context(command)
      await answerByHead({
        command,
        context: context(command),
        formats: FORMATS,
        images,
        given: options,
        head: classification({ ...(head !== undefined && { weights: head }) }),
        options: { top, ...(size !== undefined && { size }) },
        async answer({ input, result: { classes, logits }, image, write }) {
          const path = await write({
            safetensors: () => writeSafetensors({ logits }, { task: 'classification' }),
            async png() {
              const { classesBeneath, classesOver } = await import('../../draw/classes-drawing.ts')
              return (overlay ? classesOver : classesBeneath)(classes, await image())
            },
          })
          const lines = classes.map(({ name, probability }) => `  ${`${(probability * 100).toFixed(1)} %`.padStart(7)}  ${name}`)
          const summary = classes.map(({ id, ...of }) => ({ ...of, ...(id !== undefined && { wnid: id }) }))
          output.result(input.source, summary, [path === undefined ? input.source : `${input.source} -> ${path}`, ...lines].join('\n'))
        },
      })
    })
}
