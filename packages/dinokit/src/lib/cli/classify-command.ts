import { createNodeRuntime } from '@dinokit/runtime-node'
import { Option, type Command } from 'commander'
import { createTinyClassifier } from '../../classifier.ts'
import type { CommandContext } from './command-context.ts'
import { parseCount } from './parse-options.ts'
import { openOptions, pictureOptions, type PictureOptions } from './picture-options.ts'
import { runPictures } from './run-pictures.ts'

/** `dinokit classify` */
export function addClassifyCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('classify')
    .summary('say what is in pictures')
    .description('Says what is in pictures, of the 1,000 classes of ImageNet, by the classifier of the embedded model.')
    .argument('<images...>', 'files, folders, globs or addresses')
  pictureOptions(command)
    .addOption(new Option('--top <n>', 'how many classes').argParser(parseCount).default(5))
    .addHelpText('after', '\nExamples:\n  $ dinokit classify photo.jpg\n  $ dinokit classify "photos/*.jpg" --top 1 --json')
    .action(async (images: string[], options: PictureOptions & { readonly top: number }) => {
      const { model, recursive, top } = options
      if (model !== 'tiny') command.error(`error: the classifier belongs to the model tiny, not to ${model}.`)
      const { output } = context(command)
      const classifier = await createTinyClassifier(createNodeRuntime())
      await runPictures(context(command), {
        named: images,
        recursive,
        open: openOptions(options),
        answer({ source }, tokens) {
          const classes = classifier.classify(tokens, top)
          const lines = classes.map(({ name, probability }) => `  ${`${(probability * 100).toFixed(1)} %`.padStart(7)}  ${name}`)
          output.result(source, classes, [source, ...lines].join('\n'))
        },
      })
    })
}
