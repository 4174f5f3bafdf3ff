import { patchAt, similarityMap, type Point } from '@dinokit/analysis'
import { writeSafetensors } from '@dinokit/checkpoint'
import { Option, type Command } from 'commander'
import { analysisOptions, type AnalysisOptions } from '../../options/analysis-options.ts'
import { parsePoint } from '../../options/parse-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { answerByTokens } from '../../run/analysis/answer-by-tokens.ts'

interface SimilarPatchesOptions extends AnalysisOptions {
  readonly at: Point
}

const FORMATS = ['png', 'safetensors'] as const

/** `dinokit similar-patches` */
export function addSimilarPatchesCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('similar-patches')
    .summary('Draw how similar patches are to one of them')
    .description('Draw the cosine similarity of every patch of an image to the one at a point.')
    .argument('<images...>', 'files, folders, glob patterns or addresses')
  analysisOptions(command, FORMATS)
    .addOption(new Option('--at <point>', 'X,Y of a pixel of the image').argParser(parsePoint).makeOptionMandatory())
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit similar-patches photo.jpg --at 120,80 --out similar.png
  $ dinokit similar-patches photo.jpg --at 120,80 --out similar.safetensors`,
    )
    .action(async (images: string[], options: SimilarPatchesOptions) => {
      const { at } = options
      const { output } = context(command)
      await answerByTokens({
        command,
        context: context(command),
        formats: FORMATS,
        images,
        given: options,
        async answer({ input, tokens, image, write }) {
          const { patches, placement } = tokens
          const patch = patchAt(at, placement, patches.shape as [number, number, number])
          const similarity = similarityMap(patches, patch)
          const file = await write({
            png: async () =>
              (await import('../../draw/analysis/attention-drawing.ts')).mapDrawing('similarity', similarity, {
                image: await image(),
                placement,
                query: at,
              }),
            safetensors: () => writeSafetensors({ similarity }, { at: `${at.x},${at.y}` }),
          })
          const above = similarity.data.filter((value) => value > 0.5).length / similarity.data.length
          output.result(
            input.source,
            { patch, shareAboveHalf: above, ...(file !== undefined && { file }) },
            `${input.source}${file === undefined ? '' : ` -> ${file}`}  ${(above * 100).toFixed(1)} % of the patches are similar by more than 0.5`,
          )
        },
      })
    })
}
