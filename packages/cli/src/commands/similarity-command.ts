import { cosineSimilarity } from '@dinokit/analysis'
import type { Tensor } from '@dinokit/core'
import type { Command } from 'commander'
import type { CommandContext } from '../output/command-context.ts'
import { openOptions, imageOptions, type ImageOptions } from '../options/image-options.ts'
import { runImages } from '../run/run-images.ts'

/** `dinokit similarity` */
export function addSimilarityCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('similarity')
    .summary('Compare images by cosine similarity')
    .description('Compare images by cosine similarity of embeddings: 1 is alike, 0 is unrelated.')
    .argument('<images...>', 'at least two: files, folders, glob patterns or addresses')
  imageOptions(command)
    .addHelpText('after', '\nExamples:\n  $ dinokit similarity a.jpg b.jpg\n  $ dinokit similarity photos/ --model dinov2-small --json')
    .action(async (images: string[], options: ImageOptions) => {
      const { output } = context(command)
      const seen: { readonly source: string; readonly embedding: Tensor }[] = []
      await runImages(context(command), {
        named: images,
        recursive: options.recursive,
        open: openOptions(options),
        stream: { ordered: true },
        answer: ({ source }, { embedding }) => void seen.push({ source, embedding }),
      })
      const width = Math.max(0, ...seen.map(({ source }) => source.length))
      for (const { source, embedding } of seen) {
        const others = seen.map((other) => ({ input: other.source, cosine: cosineSimilarity(embedding, other.embedding) }))
        output.result(source, others, `${source.padEnd(width)}  ${others.map(({ cosine }) => cosine.toFixed(3).padStart(6)).join(' ')}`)
      }
    })
}
